use super::*;

fn steps(text: &str) -> Option<(String, Option<String>)> {
    Script::read(text).steps_down
}

#[test]
fn who_it_becomes_is_read_where_it_is_plain() {
    for (text, program, user) in [
        ("exec gosu app \"$@\"", "gosu", Some("app")),
        ("exec /usr/sbin/gosu 1000:1000 \"$@\"", "gosu", Some("1000")),
        (
            "[ x ] && exec su-exec isms node index.js",
            "su-exec",
            Some("isms"),
        ),
        (
            "exec setpriv --reuid=app --regid=app --clear-groups x",
            "setpriv",
            Some("app"),
        ),
        ("exec setpriv --reuid 1000 x", "setpriv", Some("1000")),
        ("exec su -s /bin/sh app -c 'x'", "su", Some("app")),
        ("exec runuser -u app -- x", "runuser", Some("app")),
        ("exec chpst -u app:grp x", "chpst", Some("app")),
        ("exec s6-setuidgid abc x", "s6-setuidgid", Some("abc")),
        ("exec gosu \"$USER\" x", "gosu", None),
    ] {
        assert_eq!(
            steps(text),
            Some((program.to_owned(), user.map(str::to_owned))),
            "{text}"
        );
    }
    assert_eq!(steps("echo gosu app"), None);
    assert_eq!(steps("# exec gosu app"), None);
}

#[test]
fn who_is_asked_for_root_counts_where_nothing_is_done_outside() {
    for (text, asks) in [
        (
            "if [ \"$(id -u)\" = 0 ]; then\n chown app /d\n exec gosu app \"$0\" \"$@\"\nfi\nexec \"$@\"",
            true,
        ),
        (
            "[ \"$(id -u)\" = '0' ] && exec gosu app \"$0\" \"$@\"\nexec \"$@\"",
            true,
        ),
        (
            "if [ $(id -u) -eq 0 ] && [ \"$1\" = x ]; then\n if true; then chown a b; fi\n exec su-exec a x\nfi",
            true,
        ),
        (
            "echo \"starting as $(whoami)\"\nchown app /d\nexec gosu app \"$@\"",
            false,
        ),
        (
            "if [ \"$(id -u)\" -ne 0 ]; then exit 1; fi\nexec gosu app \"$@\"",
            false,
        ),
        (
            "if [ \"$(id -u)\" = 0 ]; then\n chown app /d\nfi\nexec gosu app \"$@\"",
            false,
        ),
        (
            "chown app /d\nif [ \"$(id -u)\" = 0 ]; then exec gosu app \"$@\"; fi",
            false,
        ),
    ] {
        assert_eq!(Script::read(text).asks_who, asks, "{text}");
    }
}

#[test]
fn what_is_not_followed_is_known_as_such() {
    for (text, is_open) in [
        (". /lib.sh\nexec x", true),
        ("echo a > /etc/app.conf", true),
        ("echo a >/usr/share/x", true),
        ("echo a > /data/x; echo b >/dev/null", false),
        ("set -e\nexec \"$@\"", false),
        ("set -- redis-server \"$@\"\nexec \"$@\"", false),
        ("set -- gosu app \"$@\"\nexec \"$@\"", true),
        ("service cron start && exec x", true),
        (
            "cat > /data/note <<EOF\n. chown\nexec gosu nobody x\nEOF\nexec y",
            false,
        ),
    ] {
        assert_eq!(Script::read(text).is_open, is_open, "{text}");
    }
    let note = Script::read("cat > /data/note <<EOF\nexec gosu nobody x\nEOF\nexec y");
    assert_eq!((note.steps_down, note.becomes), (None, vec!["y".to_owned()]));
    let case = Script::read(
        "case \"$1\" in\n web) chown app /d; install -d -o app /e;;\nesac\nexec dumb-init gosu app \"$@\"",
    );
    assert_eq!(case.root_calls, ["chown", "gosu"]);
    assert_eq!(case.steps_down, Some(("gosu".to_owned(), Some("app".to_owned()))));
}

#[test]
fn what_only_root_can_do_counts_where_a_command_starts() {
    let script = Script::read(
        "#!/bin/sh\nset -e\nif [ \"$(id -u)\" = 0 ]; then\n  chown -R app:app /data\n  usermod -o -u \"$PUID\" app\nfi\n\
         echo mount\nFOO=1 exec \\\n  node server.js\n",
    );
    assert_eq!(script.root_calls, ["chown", "usermod"]);
    assert!(script.asks_who);
    assert_eq!(script.becomes, ["node", "server.js"]);
    assert_eq!(script.needs(), ["CHOWN", "DAC_OVERRIDE", "FOWNER"]);
    let plain = Script::read("#!/bin/sh\nexec \"$@\"\n");
    assert_eq!(
        (plain.becomes, plain.root_calls.len()),
        (vec![HANDED_ON.to_owned()], 0)
    );
}
