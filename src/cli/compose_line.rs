//! Compose's own command line: its commands with what is done for each, and its global flags. Each list stands here
//! alone; a test compares them with what `docker compose --help` says.

use Treatment::{Ask, Look, Pass, Plan, Start};

/// What is done when one of Compose's commands is handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// It makes containers from the model, so it is planned first, and the directories that they mount are made.
    Start,
    /// It reads the model without starting anything, so it is planned first.
    Plan,
    /// It looks at what runs, or stops it: it takes the override that was written last, and nothing that is wrong with
    /// a plan blocks it.
    Look,
    /// It looks at what runs by the names of services alone: it takes that override only where it adds services, since
    /// Compose needs ten milliseconds to read it.
    Ask,
    /// It has nothing to do with containers of a project.
    Pass,
}

/// One of Compose's commands.
#[derive(Debug, Clone, Copy)]
pub struct Verb {
    /// As it is typed: `up`.
    pub name: &'static str,
    /// What is done for it.
    pub treatment: Treatment,
    /// Whether the words behind a service are a command that is run in it.
    pub runs_a_command: bool,
}

const fn verb(name: &'static str, treatment: Treatment) -> Verb {
    Verb {
        name,
        treatment,
        runs_a_command: false,
    }
}

const fn with_a_command(verb: Verb) -> Verb {
    Verb {
        runs_a_command: true,
        ..verb
    }
}

/// All of them, by the alphabet; `alpha`, `completion`, `convert`, `help` and `viz` are hidden in Compose's help.
pub const VERBS: &[Verb] = &[
    verb("alpha", Pass),
    verb("attach", Ask),
    verb("bridge", Pass),
    verb("build", Look),
    verb("commit", Look),
    verb("completion", Pass),
    verb("config", Plan),
    verb("convert", Plan),
    verb("cp", Ask),
    verb("create", Start),
    verb("down", Look),
    verb("events", Ask),
    with_a_command(verb("exec", Ask)),
    verb("export", Ask),
    verb("help", Pass),
    verb("images", Ask),
    verb("kill", Look),
    verb("logs", Ask),
    verb("ls", Look),
    verb("pause", Look),
    verb("port", Ask),
    verb("ps", Ask),
    verb("publish", Look),
    verb("pull", Look),
    verb("push", Look),
    verb("restart", Look),
    verb("rm", Look),
    with_a_command(verb("run", Start)),
    verb("scale", Start),
    verb("start", Look),
    verb("stats", Ask),
    verb("stop", Look),
    verb("top", Ask),
    verb("unpause", Look),
    verb("up", Start),
    verb("version", Pass),
    verb("viz", Pass),
    verb("volumes", Look),
    verb("wait", Ask),
    verb("watch", Start),
];

/// One of Compose's commands by its name.
pub fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

/// What is done for a command; one that nobody knows is handed on as it is.
pub fn treatment(name: &str) -> Treatment {
    find(name).map_or(Pass, |verb| verb.treatment)
}

/// Whether the words behind a service are a command that is run in it.
pub fn runs_a_command(name: &str) -> bool {
    find(name).is_some_and(|verb| verb.runs_a_command)
}

/// One of Compose's global flags.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Its long name.
    pub name: &'static str,
    /// The letter behind one dash, where it has one.
    pub short: Option<char>,
    /// Whether the next word is its value; else it is a switch.
    pub takes_value: bool,
    /// Why a command of our own cannot follow it: what to do instead.
    pub instead: Option<&'static str>,
}

const fn valued(name: &'static str, short: Option<char>) -> Flag {
    Flag {
        name,
        short,
        takes_value: true,
        instead: None,
    }
}

const fn switch(name: &'static str, short: Option<char>, instead: Option<&'static str>) -> Flag {
    Flag {
        name,
        short,
        takes_value: false,
        instead,
    }
}

/// All of them; `workdir`, `verbose` and `no-ansi` are hidden in Compose's help.
pub const FLAGS: &[Flag] = &[
    valued("file", Some('f')),
    valued("project-name", Some('p')),
    valued("profile", None),
    valued("env-file", None),
    valued("project-directory", None),
    valued("workdir", None),
    valued("progress", None),
    valued("ansi", None),
    valued("parallel", None),
    switch("compatibility", None, None),
    switch("all-resources", None, None),
    switch("verbose", None, None),
    switch("no-ansi", None, None),
    switch(
        "dry-run",
        None,
        Some(
            "leave it out: `diff`, `harden`, `explain` and `model` start nothing, and `docker compose --dry-run` is for `up`",
        ),
    ),
    switch(
        "version",
        Some('v'),
        Some("ask for it alone: `nrcompose --version`"),
    ),
    switch("help", Some('h'), None),
];

/// A global flag by its long name.
pub fn flag(name: &str) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.name == name)
}

/// A global flag by its letter.
pub fn short_flag(letter: char) -> Option<&'static Flag> {
    FLAGS.iter().find(|flag| flag.short == Some(letter))
}

/// A flag of `up`, of which `create`, `scale` and `watch` have some.
#[derive(Debug, Clone, Copy)]
pub struct UpFlag {
    /// Its long name.
    pub name: &'static str,
    /// The letter behind one dash, where it has one.
    pub short: Option<char>,
    /// Whether the next word is its value; else it is a switch.
    pub takes_value: bool,
    /// Whether it says how containers are made.
    pub makes: bool,
    /// Whether it says how they are started.
    pub starts: bool,
}

const fn up_flag(name: &'static str, short: Option<char>, takes_value: bool, when: (bool, bool)) -> UpFlag {
    UpFlag {
        name,
        short,
        takes_value,
        makes: when.0,
        starts: when.1,
    }
}

const MAKES: (bool, bool) = (true, false);
const STARTS: (bool, bool) = (false, true);
const BOTH: (bool, bool) = (true, true);

/// All of them; `no-up`, `prune` and `quiet` are those of `watch` alone.
pub const UP_FLAGS: &[UpFlag] = &[
    up_flag("abort-on-container-exit", None, false, STARTS),
    up_flag("abort-on-container-failure", None, false, STARTS),
    up_flag("always-recreate-deps", None, false, MAKES),
    up_flag("attach", None, true, STARTS),
    up_flag("attach-dependencies", None, false, STARTS),
    up_flag("build", None, false, MAKES),
    up_flag("detach", Some('d'), false, STARTS),
    up_flag("dry-run", None, false, BOTH),
    up_flag("exit-code-from", None, true, STARTS),
    up_flag("force-recreate", None, false, MAKES),
    up_flag("menu", None, false, STARTS),
    up_flag("no-attach", None, true, STARTS),
    up_flag("no-build", None, false, BOTH),
    up_flag("no-color", None, false, STARTS),
    up_flag("no-deps", None, false, BOTH),
    up_flag("no-log-prefix", None, false, STARTS),
    up_flag("no-recreate", None, false, BOTH),
    up_flag("no-start", None, false, STARTS),
    up_flag("no-up", None, false, STARTS),
    up_flag("prune", None, false, STARTS),
    up_flag("pull", None, true, MAKES),
    up_flag("quiet", None, false, STARTS),
    up_flag("quiet-build", None, false, BOTH),
    up_flag("quiet-pull", None, false, BOTH),
    up_flag("remove-orphans", None, false, BOTH),
    up_flag("renew-anon-volumes", Some('V'), false, MAKES),
    up_flag("scale", None, true, BOTH),
    up_flag("timeout", Some('t'), true, BOTH),
    up_flag("timestamps", None, false, STARTS),
    up_flag("wait", None, false, STARTS),
    up_flag("wait-timeout", None, true, STARTS),
    up_flag("watch", Some('w'), false, STARTS),
    up_flag("yes", Some('y'), false, BOTH),
];
