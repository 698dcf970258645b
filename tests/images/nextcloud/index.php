<?php
// Keeps what is posted, shows what is kept.
$notes = 'data/notes.txt';
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $kept = file_put_contents($notes, file_get_contents('php://input') . "\n", FILE_APPEND | LOCK_EX);
    http_response_code($kept === false ? 500 : 201);
} else {
    readfile($notes);
}
