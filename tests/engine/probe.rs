//! Real clients. Every round writes something and reads back what all rounds wrote, so that a service which
//! lost its data, or cannot keep any, does not pass.

use crate::run::{Out, bounded, docker, eventually, output};
use crate::stack::{Stack, published};

const READY_WITHIN: u64 = 60;

/// A throw-away client on the project's network; stand-in and published image hold the same clients.
fn client(stack: &Stack, image: &str, published_image: &str, options: &[&str], command: &[&str]) -> Out {
    let stand_in = format!("nrcompose-test/{image}");
    let image = if published() { published_image } else { &stand_in };
    let network = stack.network();
    let mut args = vec![
        "run",
        "--rm",
        "--label",
        "nrcompose-test=1",
        "--network",
        &network,
    ];
    args.extend(options);
    args.push(image);
    args.extend(command);
    docker(&args)
}

fn expect(out: Out, wanted: &str) -> Result<(), String> {
    if out.code == 0 && out.stdout.trim() == wanted {
        return Ok(());
    }
    Err(format!("wanted {wanted:?}, exit {}: {}", out.code, out.all))
}

pub(crate) fn postgres(stack: &Stack, round: u32) {
    let script = format!(
        "CREATE TABLE IF NOT EXISTS notes (round int PRIMARY KEY);
         INSERT INTO notes VALUES ({round}) ON CONFLICT DO NOTHING; SELECT count(*) FROM notes"
    );
    let psql = ["psql", "-h", "db", "-U", "app", "-d", "app", "-qAtc", &script];
    eventually(READY_WITHIN, || {
        let out = client(
            stack,
            "postgres",
            "postgres:16",
            &["-e", "PGPASSWORD=tulip-postgres"],
            &psql,
        );
        expect(out, &round.to_string())
    });
}

pub(crate) fn mariadb(stack: &Stack, round: u32) {
    let script = format!(
        "CREATE TABLE IF NOT EXISTS notes (round int PRIMARY KEY);
         INSERT IGNORE INTO notes VALUES ({round}); SELECT count(*) FROM notes"
    );
    let mariadb = [
        "mariadb",
        "-hwikidb",
        "-uwiki",
        "-ptulip-wiki",
        "-Ne",
        &script,
        "wiki",
    ];
    eventually(READY_WITHIN, || {
        expect(
            client(stack, "mariadb", "mariadb:11", &[], &mariadb),
            &round.to_string(),
        )
    });
}

/// SAVE is the point: a server that cannot write its file answers everything else.
pub(crate) fn redis(stack: &Stack, round: u32) {
    let round = round.to_string();
    let redis = |words: &[&str]| {
        client(
            stack,
            "redis",
            "redis:7",
            &[],
            &[&["redis-cli", "-h", "cache"], words].concat(),
        )
    };
    eventually(READY_WITHIN, || {
        redis(&["SADD", "notes", &round]);
        expect(redis(&["SAVE"]), "OK")?;
        expect(redis(&["SCARD", "notes"]), &round)
    });
}

fn curl(args: &[&str]) -> Out {
    output(
        bounded(20, "curl")
            .args(["--silent", "--show-error", "--fail"])
            .args(args),
    )
}

/// A page on a published port holds a text.
#[track_caller]
pub(crate) fn page(url: &str, wanted: &str) {
    eventually(READY_WITHIN, || {
        let out = curl(&["--insecure", url]);
        if out.stdout.contains(wanted) {
            Ok(())
        } else {
            Err(format!("no {wanted:?} at {url}: {}", out.all))
        }
    });
}

/// Uploads a file through PHP and reads back those of all rounds.
#[track_caller]
pub(crate) fn upload(port: u16, round: u32) {
    let url = format!("http://127.0.0.1:{port}/");
    let form = format!("file=@-;filename=note-{round}");
    eventually(READY_WITHIN, || {
        let mut post = bounded(20, "sh");
        let script = "printf 'note %s' \"$1\" | curl --silent --show-error --fail -F \"$2\" \"$3\"";
        expect(
            output(post.args(["-c", script, "sh", &round.to_string(), &form, &url])),
            &format!("stored note-{round}"),
        )?;
        (1..=round).try_for_each(|n| expect(curl(&[&format!("{url}?name=note-{n}")]), &format!("note {n}")))
    });
}

/// The stand-in application (`noteapp`) keeps what it is told.
#[track_caller]
pub(crate) fn notes(url: &str, round: u32) {
    let note = format!("note-{round}");
    eventually(READY_WITHIN, || {
        let out = curl(&["--insecure", "-X", "PUT", "--data-binary", &note, url]);
        if out.code == 0 { Ok(()) } else { Err(out.all) }
    });
    let kept = curl(&["--insecure", url]).ok();
    let lost: Vec<u32> = (1..=round)
        .filter(|n| !kept.lines().any(|line| line == format!("note-{n}")))
        .collect();
    assert!(lost.is_empty(), "rounds {lost:?} are lost at {url}: {kept:?}");
}
