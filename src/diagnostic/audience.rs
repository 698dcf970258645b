//! Who is told what, at which command: one table.
//!
//! Whatever stands on standard error is about a [`Topic`]. The table says how bad that is, and at which commands a person
//! is told of it; at the others it stays unsaid, because Compose says it itself, or because the plan that is printed has it.

use super::Severity;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Why a command did not do what it was asked.
    Failure,
    /// The engine does not say what it is.
    EngineDoubt,
    /// What Compose too would warn of when it reads the project.
    Loader,
    /// What of nrcompose's configuration has no effect.
    Configuration,
    /// A Dockerfile that cannot be read.
    Unread,

    /// A service without root, as is expected.
    Nonroot,
    /// A service that starts as root because its image has to.
    RootStart,
    /// A service that starts as root because a control refuses more.
    FellBack,
    /// A service that stays as its author wrote it, or nearly so.
    Refused,
    /// A service that is left running as it is, and that the command is about.
    Left,
    /// The same where the command is about others.
    LeftAside,
    /// A service that the person skips.
    Skipped,
    /// A service that nrcompose does not look after.
    NoContainer,

    /// A change.
    Change,
    /// A change after which more may read a file that Compose copies in.
    OpenedFile,
    /// A change after which who comes from outside has to use another port.
    MovedPort,
    /// What is so already.
    AlreadyOk,
    /// A control that refuses one change.
    RefusedPart,
    /// A control that refuses the service: its verdict names that.
    RefusedWhole,
    /// What a person should know of a service.
    Finding,
    /// What a service may fail for.
    Hindrance,
    /// A user of its author's choice, under which its image is expected to fail.
    Doubtful,
    /// Root by its author's word.
    ExplicitRoot,
    /// What is not done because the person says so.
    Suppressed,

    /// A directory of the host that was made, or could not be.
    Directory,
    /// `--no-deps`: nobody gives volumes to their users.
    NoDeps,
    /// Images that are pulled before there is a plan.
    Pull,
    /// Data in a container's own layer that goes with it.
    Lost,
    /// Whether there is such data could not be looked at.
    Unlooked,
    /// Services that were started again as their author wrote them, or not.
    RolledBack,
    /// Override files of which Compose takes one alone.
    OverridesBeside,
    /// What a trial is without.
    Without,
}

/// What a command does, as far as that decides on what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Containers are made: `up`, `create`, `run`, `scale`, `watch`.
    Start,
    /// What was started is proven: `up --nr-verify`, after its start has told everything.
    Proof,
    /// Compose gets the override and starts nothing: `config`, `convert`.
    Config,
    /// `test`.
    Trial,
    /// The plan is written down: `harden`.
    Harden,
    /// The plan itself is what is printed: `diff`, `explain`, `profiles show`.
    Show,
    /// `verify`.
    Verify,
    /// `model`.
    Model,
    /// Everything else: `ps`, `logs`, `down`, `doctor` …
    Other,
}

/// All moments, in the order of the table's columns.
pub const MOMENTS: [Moment; 9] = [
    Moment::Start,
    Moment::Proof,
    Moment::Config,
    Moment::Trial,
    Moment::Harden,
    Moment::Show,
    Moment::Verify,
    Moment::Model,
    Moment::Other,
];

/// Told, and not told.
const T: bool = true;
const O: bool = false;

/// A row of the table: how bad it is, and at which of [`MOMENTS`] it is told.
type Row = (Severity, [bool; MOMENTS.len()]);

/// The table.
#[rustfmt::skip]
const fn row(topic: Topic) -> Row {
    use Severity::{Error, Note, Warning};
    use Topic as Of;
    match topic {
        //                               Start Proof Config Trial Harden Show Verify Model Other
        Of::Failure         => (Error,   [T,    T,    T,    T,    T,     T,    T,    T,    T]),
        Of::EngineDoubt     => (Warning, [T,    O,    T,    T,    T,     T,    T,    O,    O]),
        // Before Compose does anything for a person, it says these itself.
        Of::Loader          => (Warning, [O,    O,    O,    O,    T,     T,    T,    T,    O]),
        Of::Configuration   => (Warning, [T,    O,    T,    T,    T,     T,    T,    O,    O]),
        Of::Unread          => (Warning, [T,    O,    T,    T,    T,     T,    T,    O,    O]),

        // What becomes of a service. Where the plan is printed, it says so.
        Of::Nonroot         => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::RootStart       => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::FellBack        => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::Refused         => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::Left            => (Warning, [T,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::LeftAside       => (Warning, [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::Skipped         => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::NoContainer     => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),

        // What a control decides.
        Of::Change          => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::OpenedFile      => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::MovedPort       => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::AlreadyOk       => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::RefusedPart     => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::RefusedWhole    => (Error,   [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::Finding         => (Warning, [O,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::Hindrance       => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::Doubtful        => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::ExplicitRoot    => (Warning, [T,    O,    T,    T,    T,     O,    O,    O,    O]),
        Of::Suppressed      => (Note,    [O,    O,    O,    O,    O,     O,    O,    O,    O]),

        // What a command does beside.
        Of::Directory       => (Warning, [T,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::NoDeps          => (Warning, [T,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::Pull            => (Warning, [T,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::Lost            => (Warning, [T,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::Unlooked        => (Warning, [T,    O,    O,    O,    O,     O,    O,    O,    O]),
        Of::RolledBack      => (Warning, [O,    T,    O,    O,    O,     O,    O,    O,    O]),
        Of::OverridesBeside => (Warning, [O,    O,    O,    O,    T,     O,    O,    O,    O]),
        Of::Without         => (Warning, [O,    O,    O,    T,    O,     O,    O,    O,    O]),
    }
}

impl Topic {
    /// How bad that is.
    pub const fn severity(self) -> Severity {
        row(self).0
    }

    /// Whether a person is told of it then.
    pub fn is_told_at(self, moment: Moment) -> bool {
        let (_, told) = row(self);
        let columns = MOMENTS.iter().zip(told);
        columns
            .into_iter()
            .any(|(column, told)| *column == moment && told)
    }
}
