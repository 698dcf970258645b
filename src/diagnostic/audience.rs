//! Who is told what, at which command: one table.
//!
//! Whatever stands on standard error is about a [`Topic`]. The table says how bad that is, and at which commands a person
//! is told of it; at the others it stays unsaid, because Compose says it itself, or because the plan that is printed has it.

use super::Severity;

/// What a command does, as far as that decides on what the person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Containers are made or started: `up`, `create`, `run`, `scale`, `watch`, `start`, `restart`.
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
    /// Everything else: `ps`, `logs`, `down`, `doctor` …; the last column.
    Other,
}

/// How many columns the table has.
const COLUMNS: usize = Moment::Other as usize + 1;

/// All moments, in the order of the table's columns.
pub const MOMENTS: [Moment; COLUMNS] = [
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

/// The topics, and the table: for each how bad it is, and a cell for each of [`MOMENTS`], `T` where it is told.
macro_rules! topics {
    ($($(#[$about:meta])* $topic:ident $severity:ident [$($cell:ident)*])*) => {
        /// What a message is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Topic {
            $($(#[$about])* $topic,)*
        }

        /// All topics.
        pub const TOPICS: &[Topic] = &[$(Topic::$topic,)*];

        const fn row(topic: Topic) -> (Severity, [bool; COLUMNS]) {
            const T: bool = true;
            const O: bool = false;
            match topic {
                $(Topic::$topic => (Severity::$severity, [$($cell),*]),)*
            }
        }
    };
}

topics! {
    //                       Start Proof Config Trial Harden Show Verify Model Other

    /// Why a command did not do what it was asked.
    Failure         Error    [T     T     T      T     T      T    T      T     T]
    /// The engine does not say what it is.
    EngineDoubt     Warning  [T     O     T      T     T      T    T      O     O]
    /// What Compose too would warn of when it reads the project.
    /// Before it does anything for a person, Compose says it itself.
    Loader          Warning  [O     O     O      O     T      T    T      T     O]
    /// What of nrcompose's configuration has no effect.
    Configuration   Warning  [T     O     T      T     T      T    T      O     O]
    /// A Dockerfile that cannot be read.
    Unread          Warning  [T     O     T      T     T      T    T      O     O]

    // What becomes of a service. Where the plan is printed, it says so; where it is proven, it is the reason of what is found.

    /// A service without root, as is expected.
    Nonroot         Note     [O     O     O      O     O      O    O      O     O]
    /// A service that starts as root because its image has to.
    RootStart       Note     [O     O     O      O     O      O    O      O     O]
    /// A service that starts as root because a control refuses more.
    FellBack        Warning  [T     O     T      T     T      O    T      O     O]
    /// A service that stays as its author wrote it, or nearly so.
    Refused         Warning  [T     O     T      T     T      O    T      O     O]
    /// A service that is left running as it is, and that the command is about.
    Left            Warning  [T     O     O      O     O      O    O      O     O]
    /// The same where the command is about others.
    LeftAside       Warning  [O     O     O      O     O      O    O      O     O]
    /// A service that the person skips.
    Skipped         Note     [O     O     O      O     O      O    O      O     O]
    /// A service that nrcompose does not look after.
    NoContainer     Note     [O     O     O      O     O      O    O      O     O]

    // What a control decides.

    /// A change.
    Change          Note     [O     O     O      O     O      O    O      O     O]
    /// A change after which more may read a file that Compose copies in.
    OpenedFile      Warning  [T     O     T      T     T      O    O      O     O]
    /// A change after which who comes from outside has to use another port.
    MovedPort       Warning  [T     O     T      T     T      O    O      O     O]
    /// A directory of the host that is given to the service before it starts, which a written file cannot do.
    GivenBefore     Warning  [O     O     T      O     T      O    O      O     O]
    /// What is so already.
    AlreadyOk       Note     [O     O     O      O     O      O    O      O     O]
    /// A control that refuses one change.
    RefusedPart     Warning  [T     O     T      T     T      O    O      O     O]
    /// A control that refuses the service: its verdict names that.
    RefusedWhole    Error    [O     O     O      O     O      O    O      O     O]
    /// What a person should know of a service.
    Finding         Warning  [O     O     O      O     O      O    O      O     O]
    /// What a service may fail for.
    Hindrance       Warning  [T     O     T      T     T      O    O      O     O]
    /// A user of its author's choice, under which its image is expected to fail.
    Doubtful        Warning  [T     O     T      T     T      O    O      O     O]
    /// Root by its author's word.
    ExplicitRoot    Warning  [T     O     T      T     T      O    T      O     O]
    /// What is not done because the person says so.
    Suppressed      Note     [O     O     O      O     O      O    O      O     O]

    // What a command does beside.

    /// A directory of the host that was made, or could not be.
    Directory       Warning  [T     O     O      O     O      O    O      O     O]
    /// What of a volume keeps its owner, and what is given back.
    Owner           Warning  [T     T     O      O     O      O    O      O     O]
    /// `--no-deps`: nobody gives volumes to their users.
    NoDeps          Warning  [T     O     O      O     O      O    O      O     O]
    /// Images that are pulled before there is a plan.
    Pull            Warning  [T     O     O      O     O      O    O      O     O]
    /// Data in a container's own layer that goes with it.
    Lost            Warning  [T     O     O      O     O      O    O      O     O]
    /// Whether there is such data could not be looked at.
    Unlooked        Warning  [T     O     O      O     O      O    O      O     O]
    /// Services that another program made anew since.
    Recreated       Warning  [T     O     O      O     O      O    T      O     O]
    /// Services that were started again as their author wrote them, or not.
    RolledBack      Warning  [T     T     O      O     O      O    O      O     O]
    /// What was found out of services that were watched after their start.
    Watched         Warning  [T     T     O      O     O      O    O      O     O]
    /// Override files of which Compose takes one alone.
    OverridesBeside Warning  [O     O     O      O     T      O    O      O     O]
    /// What a trial is without.
    Without         Warning  [O     O     O      T     O      O    O      O     O]
}

impl Topic {
    /// How bad that is.
    pub const fn severity(self) -> Severity {
        row(self).0
    }

    /// Whether a person is told of it then.
    pub fn is_told_at(self, moment: Moment) -> bool {
        row(self).1[moment as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_at(topic: Topic) -> Vec<Moment> {
        let mut moments = MOMENTS.to_vec();
        moments.retain(|moment| topic.is_told_at(*moment));
        moments
    }

    #[test]
    fn each_moment_has_its_own_column() {
        for (column, moment) in MOMENTS.iter().enumerate() {
            assert_eq!(*moment as usize, column, "{moment:?}");
        }
    }

    /// Every row and every column: what is right of all of them.
    #[test]
    fn nobody_is_left_without_what_they_must_know_nor_told_what_is_as_it_should_be() {
        for topic in TOPICS {
            let moments = told_at(*topic);
            match (topic, topic.severity()) {
                (Topic::Failure, _) => assert_eq!(moments, MOMENTS, "{topic:?}"),
                (_, Severity::Note) => assert_eq!(moments, [], "{topic:?}"),
                // Logs, listings and the like are not the place for a plan.
                _ => assert!(!moments.contains(&Moment::Other), "{topic:?}"),
            }
        }
    }

    /// Whoever gets an override, in whichever way, is told the same of it; whoever reads the plan has it there. Whoever has it
    /// proven is told why a service is root.
    #[test]
    fn what_is_said_of_services_is_said_wherever_an_override_is_given() {
        use Topic::*;
        let of_plan = [
            FellBack,
            Refused,
            OpenedFile,
            MovedPort,
            RefusedPart,
            Hindrance,
            Doubtful,
            ExplicitRoot,
        ];
        for topic in of_plan {
            let given = [Moment::Start, Moment::Config, Moment::Trial, Moment::Harden];
            let proven = [FellBack, Refused, ExplicitRoot].contains(&topic);
            let proven = proven.then_some(Moment::Verify);
            let told: Vec<Moment> = given.into_iter().chain(proven).collect();
            assert_eq!(told_at(topic), told, "{topic:?}");
        }
    }
}
