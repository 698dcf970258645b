//! Entries of the top-level `volumes:`.

use crate::load::Project;
use crate::tree::Node;

/// A volume as the project declares it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Volume<'a> {
    key: &'a str,
    node: Option<&'a Node>,
}

impl<'a> Volume<'a> {
    /// The one that services call by this key.
    pub(crate) fn of(project: &'a Project, key: &'a str) -> Self {
        let node = project.tree.get("volumes").and_then(|v| v.get(key));
        Volume {
            key,
            node: node.filter(|n| !n.is_null()),
        }
    }

    /// The name that the engine knows it by: two keys may mean one volume.
    pub(crate) fn name(&self, project: &Project) -> String {
        let own = self.get("name").and_then(Node::as_str);
        // The old form of `external:` is a mapping with the name.
        let of_external = || self.get("external")?.get("name")?.as_str();
        match own.or_else(of_external).filter(|n| !n.is_empty()) {
            Some(name) => name.to_owned(),
            None if self.is_external() => self.key.to_owned(),
            None => format!("{}_{}", project.name, self.key),
        }
    }

    /// Whether somebody else made it.
    pub(crate) fn is_external(&self) -> bool {
        self.get("external")
            .is_some_and(|e| e.as_bool().unwrap_or(e.as_map().is_some()))
    }

    /// Whether it is not the project's own: its driver, its options or its author put it elsewhere.
    pub(crate) fn is_foreign(&self) -> bool {
        self.is_external() || self.driver().is_some() || self.has_options()
    }

    /// A driver other than the engine's own.
    pub(crate) fn driver(&self) -> Option<&'a str> {
        self.get("driver")
            .and_then(Node::as_str)
            .filter(|d| !matches!(*d, "" | "local"))
    }

    /// An option of the driver.
    pub(crate) fn option(&self, name: &str) -> Option<String> {
        self.get("driver_opts")?.get(name)?.scalar_text()
    }

    /// Whether the driver is given any option.
    pub(crate) fn has_options(&self) -> bool {
        self.get("driver_opts")
            .and_then(Node::as_map)
            .is_some_and(|o| !o.is_empty())
    }

    /// A path of the engine's machine that it is a bind mount of.
    pub(crate) fn bind(&self) -> Option<String> {
        let option = |name: &str| self.option(name).unwrap_or_default();
        bind_of(&option("o"), &option("device")).map(str::to_owned)
    }

    /// The node of an attribute.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.node?.get(key).filter(|n| !n.is_null())
    }

    /// Where it is declared.
    pub(crate) fn node(&self) -> Option<&'a Node> {
        self.node
    }
}

/// The path of the engine's machine that these options of the driver make a bind mount of.
pub(crate) fn bind_of<'o>(o: &str, device: &'o str) -> Option<&'o str> {
    let is_bind = o.split(',').any(|o| matches!(o.trim(), "bind" | "rbind"));
    Some(device).filter(|d| is_bind && d.starts_with('/'))
}
