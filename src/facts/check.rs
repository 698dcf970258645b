//! What a whole profile must satisfy beyond the types of its fields: evidence that exists, paths that make
//! sense, no memory over data, and every class with what it promises.
//!
//! Also compiled into the build script; so it uses nothing else of the crate.

use super::image_ref::is_name;
use super::profile::{Class, Condition, Profile, Writable, WritableKind};
use crate::capability::NAMES;

/// The name of the service that a profile's test is about.
pub(crate) const TESTED: &str = "tested";

/// Something wrong in a profile: in which section, at which of its items, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The top-level key.
    pub section: &'static str,
    /// A text that tells the item from its siblings; empty for the section itself.
    pub item: String,
    /// What is wrong with it.
    pub message: String,
}

/// Everything wrong with a profile after its base and a condition were merged.
pub(crate) fn check(profile: &Profile) -> Vec<Mistake> {
    let mut findings = Findings(Vec::new());
    identity(profile, &mut findings);
    evidence(profile, &mut findings);
    class(profile, &mut findings);
    paths(profile, &mut findings);
    values(profile, &mut findings);
    test(profile, &mut findings);
    findings.0
}

/// What can be wrong with a condition itself.
pub(crate) fn check_condition(condition: &Condition) -> Vec<Mistake> {
    let mut findings = Findings(Vec::new());
    let set = &condition.set;
    if let Some(mistake) = condition.when.mistake() {
        findings.add("conditions", "when", &mistake);
    }
    let own = [
        ("images", !set.images.is_empty()),
        ("extends", set.extends.is_some()),
        ("about", !set.about.is_empty()),
        ("conditions", !set.conditions.is_empty()),
    ];
    for (key, _) in own.iter().filter(|(_, present)| *present) {
        findings.add("conditions", key, &format!("`{key}` has no place in a condition"));
    }
    findings.0
}

struct Findings(Vec<Mistake>);

impl Findings {
    fn add(&mut self, section: &'static str, item: &str, message: &str) {
        self.0.push(Mistake {
            section,
            item: item.to_owned(),
            message: message.to_owned(),
        });
    }
}

fn identity(p: &Profile, out: &mut Findings) {
    if p.about.trim().is_empty() {
        out.add(
            "about",
            "",
            "`about` is missing: one line, which software, whose image",
        );
    }
    for image in &p.images {
        if !is_name(&image.replace('*', "x")) {
            out.add(
                "images",
                image,
                &format!("`{image}` is no image name (without tag, lowercase)"),
            );
        }
    }
}

/// Every list of evidence in the profile, with where it stands.
fn all_evidence(p: &Profile) -> Vec<(&'static str, String, &[String])> {
    let mut all: Vec<(&'static str, String, &[String])> = Vec::new();
    let mut one = |section, item: &str, names| all.push((section, item.to_owned(), names));
    if p.class.value != Class::Unknown || !p.images.is_empty() {
        one("class", "", p.class.evidence.as_slice());
    }
    p.start.iter().for_each(|f| one("start", "", &f.evidence));
    p.user.iter().for_each(|f| one("user", "", &f.evidence));
    p.ids.iter().for_each(|f| one("ids", "", &f.evidence));
    p.init.iter().for_each(|f| one("init", "", &f.evidence));
    p.shell.iter().for_each(|f| one("shell", "", &f.evidence));
    p.needs_passwd
        .iter()
        .for_each(|f| one("needs_passwd", "", &f.evidence));
    p.capabilities
        .iter()
        .for_each(|f| one("capabilities", "", &f.evidence));
    p.root_start
        .iter()
        .for_each(|f| one("root_start", "", &f.evidence));
    p.no_new_privileges
        .iter()
        .for_each(|f| one("no_new_privileges", "", &f.evidence));
    p.read_only.iter().for_each(|f| one("read_only", "", &f.evidence));
    p.docker_api
        .iter()
        .for_each(|f| one("docker_api", "", &f.evidence));
    p.environment
        .iter()
        .for_each(|v| one("environment", &v.name, &v.evidence));
    p.files.iter().for_each(|f| one("files", &f.path, &f.evidence));
    p.writable
        .iter()
        .for_each(|w| one("writable", &w.path, &w.evidence));
    p.ports
        .iter()
        .for_each(|w| one("ports", &w.port.to_string(), &w.evidence));
    p.file_capabilities
        .iter()
        .for_each(|f| one("file_capabilities", &f.path, &f.evidence));
    p.blockers
        .iter()
        .for_each(|n| one("blockers", &n.note, &n.evidence));
    p.gotchas
        .iter()
        .for_each(|n| one("gotchas", &n.note, &n.evidence));
    p.alternatives
        .iter()
        .for_each(|a| one("alternatives", &a.image, &a.evidence));
    all
}

fn evidence(p: &Profile, out: &mut Findings) {
    for (section, item, names) in all_evidence(p) {
        if names.is_empty() {
            out.add(section, &item, "every value needs evidence");
        }
        for name in names.iter().filter(|n| !p.evidence.contains_key(*n)) {
            out.add(section, &item, &format!("there is no evidence named `{name}`"));
        }
    }
    for (name, source) in &p.evidence {
        for mistake in source.mistakes() {
            out.add("evidence", name, &format!("evidence `{name}` {mistake}"));
        }
    }
}

fn class(p: &Profile, out: &mut Findings) {
    let missing = match p.class.value {
        Class::Unknown if !p.images.is_empty() => "`class` is missing: how this image can run at best",
        Class::Nonroot | Class::User | Class::UserWithHelp if p.user.is_none() => {
            "this class needs a `user`: the uid and gid it runs as"
        }
        Class::RootStart if p.root_start.is_none() => {
            "this class needs `root_start`: the capabilities that the start needs"
        }
        Class::Cannot if p.blockers.is_empty() => "this class needs a `blockers` entry: why it cannot",
        _ => return,
    };
    out.add("class", "", missing);
}

fn paths(p: &Profile, out: &mut Findings) {
    for (i, w) in p.writable.iter().enumerate() {
        let mut say = |message: &str| out.add("writable", &w.path, message);
        if !is_clean(&w.path) {
            say("a path is absolute, without `..`, `//` or a slash at the end");
        }
        if w.path == "/var/run" || w.path.starts_with("/var/run/") {
            say("`/var/run` is a link to `/run` in nearly every image: write `/run`");
        }
        if p.writable[..i].iter().any(|o| o.path == w.path) {
            say("this path is listed twice");
        }
        if w.owner.as_deref().is_some_and(|o| !is_ids(o)) {
            say("an owner is `uid:gid`, in numbers");
        }
        let octal = |m: &str| (3..=4).contains(&m.len()) && m.chars().all(|c| ('0'..='7').contains(&c));
        if w.mode.as_deref().is_some_and(|m| !octal(m)) {
            say("a mode is octal, in quotes: \"0755\"");
        }
        if is_kept(w) && w.may_be_tmpfs() {
            say("a tmpfs over data would lose it");
        }
        if w.content && w.may_be_tmpfs() {
            say("a tmpfs would hide the content that the image has here");
        }
        if let Some(data) = p
            .writable
            .iter()
            .find(|o| is_kept(o) && is_below(&o.path, &w.path))
            && w.may_be_tmpfs()
        {
            say(&format!("a tmpfs here would cover the data in {}", data.path));
        }
    }
}

fn values(p: &Profile, out: &mut Findings) {
    for file in p.files.iter().filter(|f| !is_clean(&f.path)) {
        let message = "a path is absolute, without `..`, `//` or a slash at the end";
        out.add("files", &file.path, message);
    }
    for file in p.files.iter().filter(|f| f.content.is_empty()) {
        // Compose mounts the project's directory there instead.
        out.add(
            "files",
            &file.path,
            "a file has something in it, a comment at least",
        );
    }
    if let Some(ids) = &p.ids
        && !is_ids(&ids.default)
    {
        out.add("ids", "", "`default` is `uid:gid`, in numbers");
    }
    if let Some(upstream) = &p.upstream
        && !upstream.link.starts_with("https://")
    {
        out.add("upstream", "", "`link` is an https address");
    }
    for (i, port) in p.ports.iter().enumerate() {
        let mut say = |message: &str| out.add("ports", &port.port.to_string(), message);
        if port.port == 0 {
            say("there is no port 0");
        }
        if p.ports[..i]
            .iter()
            .any(|o| o.port == port.port && o.protocol == port.protocol)
        {
            say("this port is listed twice");
        }
        if port.moved.as_ref().is_some_and(|m| m.to < 1024) {
            say("a port is moved to one above 1023");
        }
    }
    let sets = [("capabilities", &p.capabilities), ("root_start", &p.root_start)];
    let mut all: Vec<(&'static str, &String)> = sets
        .iter()
        .filter_map(|(s, c)| c.as_ref().map(|c| (*s, c)))
        .flat_map(|(s, c)| c.capabilities.iter().map(move |name| (s, name)))
        .collect();
    let of_files = p.file_capabilities.iter().flat_map(|f| &f.capabilities);
    all.extend(of_files.map(|name| ("file_capabilities", name)));
    for (section, name) in all {
        if !NAMES.contains(&name.as_str()) {
            out.add(
                section,
                name,
                &format!("`{name}` is no capability (names go without `CAP_`)"),
            );
        }
        if opens_the_host(name) {
            out.add(section, name, NEVER);
        }
    }
}

fn test(p: &Profile, out: &mut Findings) {
    let Some(test) = &p.test else { return };
    let mut say = |item: &str, message: &str| out.add("test", item, message);
    if test.probe.is_empty() {
        say(
            "probe",
            "a test needs a `probe`: a command that succeeds when it works",
        );
    }
    if test.write.is_empty() != test.read.is_empty() {
        say("write", "`write` and `read` go together");
    }
    for key in ["image", "build", "x-nrcompose"] {
        if test.service.contains_key(key) {
            say(key, &format!("`{key}` is set by who runs the test"));
        }
    }
    let services = std::iter::once(&test.service).chain(test.neighbours.values());
    for name in services
        .flat_map(|s| s.get("cap_add").and_then(serde_json::Value::as_array))
        .flatten()
    {
        if name.as_str().is_some_and(opens_the_host) {
            say("cap_add", NEVER);
        }
    }
    for path in test.files.keys().filter(|path| !is_clean(path)) {
        say(
            path,
            "a path is absolute, without `..`, `//` or a slash at the end",
        );
    }
    for (name, neighbour) in &test.neighbours {
        if name == TESTED {
            say(name, &format!("`{TESTED}` is the service that is tested"));
        }
        if !neighbour.get("image").is_some_and(serde_json::Value::is_string) {
            say(name, "a neighbour needs an `image`");
        }
    }
    if let Some(place) = &test.place
        && !test.neighbours.contains_key(place)
    {
        say(
            place,
            &format!("`in` names a neighbour, and there is none called `{place}`"),
        );
    }
    if test.wait.is_some_and(|seconds| seconds == 0 || seconds > 600) {
        say("wait", "`wait` is between 1 and 600 seconds");
    }
}

/// Why no profile may name `DAC_READ_SEARCH`.
const NEVER: &str =
    "`DAC_READ_SEARCH` opens every file of the host (open_by_handle_at): write `DAC_OVERRIDE`";

/// Whether a capability, as Compose may write it, lets a container open the host's files by their handles.
fn opens_the_host(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["DAC_READ_SEARCH", "ALL"].contains(&name.strip_prefix("CAP_").unwrap_or(&name))
}

/// Whether losing what is there would hurt.
fn is_kept(w: &Writable) -> bool {
    matches!(w.kind, WritableKind::Data | WritableKind::Config)
}

fn is_clean(path: &str) -> bool {
    path.strip_prefix('/')
        .is_some_and(|rest| rest.split('/').all(|s| !s.is_empty() && s != "." && s != ".."))
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
}

fn is_ids(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(u, g)| u.parse::<u32>().is_ok() && g.parse::<u32>().is_ok())
}
