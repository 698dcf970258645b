use super::*;
use crate::facts::local::gathered;

/// What `/etc/passwd` is in an image of these entries: path, link (with `=` before it a hard one), content.
fn passwd(entries: &[(&str, Option<&str>, &[u8])]) -> Content {
    let mut archive = ::tar::Builder::new(Vec::new());
    for (path, link, content) in entries {
        let mut header = ::tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(content.len() as u64);
        match link {
            Some(to) => {
                let hard = to.strip_prefix('=');
                header.set_entry_type(match hard {
                    Some(_) => ::tar::EntryType::Link,
                    None => ::tar::EntryType::Symlink,
                });
                archive
                    .append_link(&mut header, path, hard.unwrap_or(to))
                    .unwrap();
            }
            None => {
                header.set_entry_type(match path.ends_with('/') {
                    true => ::tar::EntryType::Directory,
                    false => ::tar::EntryType::Regular,
                });
                archive.append_data(&mut header, path, *content).unwrap();
            }
        }
    }
    let bytes = archive.into_inner().unwrap();
    gathered::gather(|_| Ok(bytes.as_slice()), &gathered::wanted(&[]))
        .unwrap()
        .accounts("/etc/passwd")
}

const ROOT: &[u8] = b"root:x:0:0::/root:/bin/sh\n";

#[test]
fn the_file_is_found_where_programs_find_it() {
    for entries in [
        &[("etc/passwd", None, ROOT)][..],
        &[
            ("etc/passwd", Some("/usr/share/x/passwd"), b""),
            ("usr/share/x/passwd", None, ROOT),
        ],
        &[("bin/pw", None, ROOT), ("etc/passwd", Some("../bin/pw"), b"")],
        &[
            ("etc/passwd", Some("../../../../usr/pw"), b""),
            ("usr/pw", None, ROOT),
        ],
        &[
            ("etc/a", Some("b"), b""),
            ("etc/b", None, ROOT),
            ("etc/passwd", Some("./a"), b""),
        ],
        &[("etc", Some("usr/etc"), b""), ("usr/etc/passwd", None, ROOT)],
        &[
            ("etc", Some("/usr/etc/"), b""),
            ("usr", Some("real"), b""),
            ("real/etc/passwd", None, ROOT),
        ],
        &[("etc/other", None, ROOT), ("etc/passwd", Some("=etc/other"), b"")],
        &[
            ("etc/other", None, ROOT),
            ("etc/more", Some("=./etc/other"), b""),
            ("etc/passwd", Some("more"), b""),
        ],
        &[("./etc/passwd", None, ROOT)],
    ] {
        assert_eq!(passwd(entries).as_deref(), Ok(ROOT), "{entries:?}");
    }
}

#[test]
fn what_cannot_be_known_is_said() {
    for (entries, why) in [
        (
            &[("etc/passwd", Some("passwd"), &b""[..])][..],
            "is a circle of links",
        ),
        (
            &[
                ("etc/passwd", Some("/a"), b""),
                ("a", Some("b"), b""),
                ("b", Some("/etc/passwd"), b""),
            ],
            "is a circle of links",
        ),
        (
            &[("etc/passwd", Some("/var/lib/pw"), b"")],
            "is a link to /var/lib/pw, which is not there",
        ),
        (&[("etc/passwd/", None, b"")], "is no file"),
    ] {
        assert_eq!(passwd(entries), Err(why.to_owned()));
    }
    assert_eq!(passwd(&[("etc/hosts", None, b"")]), Ok(Vec::new()));
}

#[test]
fn every_byte_but_a_hash_is_kept() {
    let whole = |bytes: &[u8]| match accounts(Ok(bytes.to_vec())) {
        AccountFile::Whole(text) => text,
        AccountFile::Unfit(why) => panic!("{why}"),
    };
    assert_eq!(whole(b""), "");
    assert_eq!(
        whole(b"root:$6$salt$hash:0:0::/root:/bin/sh\nd:*:1:1::/:/x\nodd"),
        "root:x:0:0::/root:/bin/sh\nd:*:1:1::/:/x\nodd\n"
    );
    assert_eq!(
        whole(b"a:x:1:1::/$HOME:/x\r\n\n#c\r\n"),
        "a:x:1:1::/$HOME:/x\r\n\n#c\r\n"
    );
    let long = "a:x:1:1::/:/x\n".repeat(70_000);
    assert_eq!(whole(long.as_bytes()), long);
}

#[test]
fn what_cannot_be_repeated_says_why() {
    for (bytes, why) in [
        (&b"jos\xe9:x:7:7::/:/x\n"[..], "not UTF-8"),
        (b"a:x:1:1::/\0:/x\n", "NUL"),
        (&[b'a'; LIMIT + 1], "longer than 1024 KiB"),
    ] {
        let AccountFile::Unfit(said) = accounts(Ok(bytes.to_vec())) else {
            panic!("{why}");
        };
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(rows(&Ok(b"jos\xe9:x:7:7::/:/x\n".to_vec()))[0][2], "7");
}
