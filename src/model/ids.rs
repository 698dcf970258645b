//! `user:` taken apart.

/// What a `user:` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserSpec {
    /// Nothing (`""`, `":"`, `":g"`): the engine starts it as root.
    Nobody,
    /// Numbers. Without a group the engine takes the image's, or 0 for an unknown uid.
    Numeric {
        /// The uid.
        uid: u32,
        /// The gid, if given.
        gid: Option<u32>,
    },
    /// A name of the image's passwd, perhaps with a group name or number.
    Named {
        /// The user as written.
        user: String,
        /// The group as written.
        group: Option<String>,
    },
}

impl UserSpec {
    /// Takes `user[:group]` apart as the engine does.
    pub fn parse(text: &str) -> Self {
        let (user, group) = match text.split_once(':') {
            Some((u, g)) => (u, Some(g).filter(|g| !g.is_empty())),
            None => (text, None),
        };
        if user.is_empty() {
            return UserSpec::Nobody;
        }
        match (user.parse(), group.map(str::parse)) {
            (Ok(uid), None) => UserSpec::Numeric { uid, gid: None },
            (Ok(uid), Some(Ok(gid))) => UserSpec::Numeric { uid, gid: Some(gid) },
            _ => UserSpec::Named {
                user: user.to_owned(),
                group: group.map(str::to_owned),
            },
        }
    }

    /// Whether the container starts as root by its author's word.
    pub fn is_root(&self) -> bool {
        match self {
            UserSpec::Nobody => false,
            UserSpec::Numeric { uid, .. } => *uid == 0,
            UserSpec::Named { user, .. } => user == "root" || user.parse() == Ok(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_is_taken_apart_as_the_engine_does() {
        assert_eq!(UserSpec::parse(""), UserSpec::Nobody);
        assert_eq!(UserSpec::parse(":"), UserSpec::Nobody);
        assert_eq!(UserSpec::parse(":5"), UserSpec::Nobody);
        assert_eq!(UserSpec::parse("7"), UserSpec::Numeric { uid: 7, gid: None });
        assert_eq!(UserSpec::parse("7:"), UserSpec::Numeric { uid: 7, gid: None });
        assert_eq!(UserSpec::parse("7:8"), UserSpec::Numeric { uid: 7, gid: Some(8) });
        assert_eq!(
            UserSpec::parse("7:mail"),
            UserSpec::Named {
                user: "7".into(),
                group: Some("mail".into())
            }
        );
        for root in ["root", "0:5", "0:mail", "root:mail"] {
            assert!(UserSpec::parse(root).is_root(), "{root}");
        }
    }
}
