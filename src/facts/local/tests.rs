use super::*;

/// What is not there is only known where every directory would have been seen.
#[test]
fn what_an_image_has_nothing_at_is_known_where_it_was_looked_at() {
    let directory = |content| Directory {
        uid: 0,
        gid: 0,
        mode: 0o755,
        content,
    };
    let local = Local {
        volumes: vec!["/opt/app/data/".to_owned()],
        directories: [("/full", directory(true)), ("/empty", directory(false))]
            .map(|(path, found)| (path.to_owned(), found))
            .into(),
        links: BTreeMap::from([("/link".to_owned(), "/full".to_owned())]),
        ..Local::default()
    };
    for (path, is_bare) in [
        ("/full", Some(false)),
        ("/link", Some(false)),
        ("/empty", Some(true)),
        ("/absent", Some(true)),
        ("/var/lib/absent", Some(true)),
        ("/opt/app/data", Some(true)),
        // Of a plain directory this far down nobody took note, nor of a link.
        ("/opt/app/other", None),
        ("/link/below", None),
        ("/var/lib/far/below", None),
    ] {
        assert_eq!(local.is_bare(path), is_bare, "{path}");
    }
}
