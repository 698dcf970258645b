use super::*;

/// `/data` is a link to `/var/run/x`, and `/var/run` one to `/run`: what is mounted at `/data` is mounted at `/run/x`.
#[test]
fn a_link_may_lead_to_a_directory_by_way_of_another() {
    let links = [
        ("/data", "/var/run/x"),
        ("/var/run", "/run"),
        ("/nowhere", "/gone"),
    ];
    let files = Gathered {
        directories: ["/run", "/run/x"]
            .map(|d| (d.to_owned(), TarEntry::default()))
            .into(),
        links: links.map(|(from, to)| (from.to_owned(), to.to_owned())).into(),
        ..Gathered::default()
    };
    let mut local = Local::default();
    files.finish(&mut local);
    assert_eq!(local.resolve("/data/y"), "/run/x/y");
    assert!(!local.links.contains_key("/nowhere"));
}

/// An archive that ends between two entries looks like a whole one.
#[test]
fn what_our_own_program_tells_must_have_its_end() {
    let archive = |paths: &[&str]| {
        let entries = paths.iter().map(|path| TarEntry {
            path: (*path).to_owned(),
            ..TarEntry::default()
        });
        tar::write(&entries.collect::<Vec<_>>()).unwrap()
    };
    let order = FilesOrder {
        place: "/.end".to_owned(),
        ..wanted(&[])
    };
    let of = |paths: &[&str]| {
        let bytes = archive(paths);
        gather(|_| Ok(bytes.as_slice()), &order).map(|files| files.directories.len())
    };
    assert_eq!(of(&["a/", "b/", ".end/"]).unwrap(), 2);
    assert!(of(&["a/", "b/"]).unwrap_err().detail.contains("cut short"));
}

/// A program with several names has its content under the first of them.
#[test]
fn a_script_may_be_another_name_of_a_file() {
    let mut archive = ::tar::Builder::new(Vec::new());
    let mut header = ::tar::Header::new_gnu();
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(21);
    archive
        .append_data(&mut header, "bin/a", &b"#!/bin/sh\nexec gosu x"[..])
        .unwrap();
    header.set_entry_type(::tar::EntryType::Link);
    header.set_size(0);
    archive.append_link(&mut header, "bin/start", "bin/a").unwrap();
    let bytes = archive.into_inner().unwrap();
    let files = gather(|_| Ok(bytes.as_slice()), &wanted(&["start".to_owned()])).unwrap();
    let mut local = Local::default();
    files.finish(&mut local);
    let steps_down = local.scripts["start"].steps_down.clone();
    assert_eq!(steps_down, Some(("gosu".to_owned(), Some("x".to_owned()))));
}

/// What the runtime made for a volume is not the image's; whether it made what is above cannot always be known.
#[test]
fn a_directory_of_the_runtime_is_forgotten() {
    let paths = ["data/", "srv/", "srv/a/", "srv/b/", "alone/", "alone/c/"];
    let entries = paths.map(|path| TarEntry {
        path: path.to_owned(),
        mode: 0o755,
        ..TarEntry::default()
    });
    let bytes = tar::write(&entries).unwrap();
    let mut files = gather(|_| Ok(bytes.as_slice()), &wanted(&[])).unwrap();
    assert!(files.is_plain_and_empty("/data") && !files.is_plain_and_empty("/srv"));
    assert!(files.forget("/data") && files.forget("/srv/a"));
    assert!(!files.is_plain_and_empty("/data"));
    assert!(!files.forget("/alone/c"));
}
