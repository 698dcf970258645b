<?php
// POST a file as `file` to store it; GET ?name=… to read it back.
$dir = __DIR__ . '/uploads';
if (isset($_FILES['file'])) {
    $name = basename($_FILES['file']['name']);
    if (!move_uploaded_file($_FILES['file']['tmp_name'], "$dir/$name")) {
        http_response_code(500);
        exit("could not store $name\n");
    }
    exit("stored $name\n");
}
if (isset($_GET['name'])) {
    readfile($dir . '/' . basename($_GET['name']));
    exit;
}
echo "ready\n";
