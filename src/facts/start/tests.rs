use super::*;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|w| (*w).to_owned()).collect()
}

fn started(command: &[&str], file: &str) -> StartedProgram {
    StartedProgram::of(&words(command), &|name| name == "apache2", &|path| {
        (path == "/entry.sh").then(|| Script::read(file))
    })
}

fn part(command: &[&str], file: &str) -> Value {
    let ids = |name: &str| match name {
        "app" => Some((1234, 1234)),
        number => number.parse().ok().map(|n| (n, n)),
    };
    let part = started(command, file).part(&ids, &json!("s"), false);
    part.map_or(Value::Null, Value::Object)
}

#[test]
fn wrappers_shells_and_scripts_are_followed() {
    for (command, file, program) in [
        (&["nginx", "-g", "x"][..], "", Some("nginx")),
        (&["/sbin/tini", "--", "/usr/sbin/cron", "-f"], "", Some("cron")),
        (&["dumb-init", "/entry.sh", "serve"], "exec \"$@\"", Some("serve")),
        (&["/entry.sh", "serve"], "exec gosu app \"$@\"", Some("serve")),
        (&["/entry.sh"], "exec /usr/bin/node x.js", Some("node")),
        (&["/entry.sh"], "exec su-exec app node x.js", Some("node")),
        (
            &["/entry.sh", "x"],
            "exec setpriv --reuid=app --clear-groups node \"$@\"",
            Some("node"),
        ),
        (
            &["/entry.sh", "-D"],
            "exec apache2 -DFOREGROUND \"$@\"",
            Some("apache2"),
        ),
        (&["sh", "-c", "echo a && exec sshd -D"], "", Some("sshd")),
        (
            &["bash", "/entry.sh", "crond", "-f"],
            "exec \"$@\"",
            Some("crond"),
        ),
        (
            &["/bin/sh", "-lc", "exec /entry.sh"],
            "exec redis-server",
            Some("redis-server"),
        ),
        (&["env", "A=b", "app"], "", Some("app")),
    ] {
        assert_eq!(started(command, file).program(), program, "{command:?}");
    }
}

#[test]
fn what_only_root_can_do_leads_to_the_start_that_it_needs() {
    let steps = part(&["/entry.sh"], "chown -R app /data\nexec gosu app node x.js\n");
    assert_eq!(steps["class"]["value"], "root-start");
    assert_eq!(steps["user"]["uid"], 1234);
    assert_eq!(
        steps["root_start"]["capabilities"],
        json!(["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID"])
    );
    let cron = part(&["tini", "--", "cron", "-f"], "");
    assert_eq!(
        cron["root_start"]["capabilities"],
        json!(["DAC_OVERRIDE", "SETGID", "SETUID"])
    );
    let shell = part(&["sh", "-c", "apt-get update && exec sleep inf"], "");
    assert_eq!(shell["class"]["value"], "root-start");
}

#[test]
fn who_is_that_user_already_is_asked_nothing() {
    let asks = part(
        &["/entry.sh"],
        "if [ \"$(id -u)\" = 0 ]; then\n chown app /data\n exec gosu app \"$0\" \"$@\"\nfi\n",
    );
    assert_eq!(
        (&asks["class"]["value"], &asks["user"]["uid"]),
        (&json!("user-with-help"), &json!(1234))
    );
    assert_eq!(part(&["/entry.sh"], "exec node x.js"), Value::Null);
    assert_eq!(part(&["node", "x.js"], ""), Value::Null);
}
