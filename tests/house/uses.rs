//! What a path really names: aliases, globs and re-exports are followed to the module that defines it.

use crate::modules::{Modules, Place};
use std::collections::{BTreeSet, HashMap};

/// A use of one module by another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    /// Who uses.
    pub from: Place,
    /// What is used: the module that defines it, or one that hands it on.
    pub to: Place,
    /// Whether `to` only hands it on.
    pub is_by_way: bool,
    /// Where, and the path as written: `src/tree/map.rs:7: crate::cli::run`.
    pub at: String,
}

/// What a path leads to.
#[derive(Debug, Clone)]
struct Named {
    /// The module that defines it, or that it is.
    module: Place,
    /// Whether it is that module itself.
    is_module: bool,
    /// The modules that handed it on.
    by_way_of: Vec<Place>,
}

/// All uses of one module by another, and the paths of our own that lead nowhere.
pub(crate) fn uses(modules: &Modules) -> (BTreeSet<Use>, Vec<String>) {
    let (mut uses, mut lost) = (BTreeSet::new(), Vec::new());
    for (from, module) in &modules.all {
        let imports = module.imports.iter().map(|i| (&i.path, i.line));
        let mentions = module.mentions.iter().map(|m| (&m.path, m.line));
        for (path, line) in imports.chain(mentions) {
            let at = format!("{}:{line}: {}", module.file, path.join("::"));
            let named = Names::of(modules).path(from, path);
            if named.is_empty() && ["crate", "self", "super"].contains(&path[0].as_str()) {
                lost.push(at.clone());
            }
            for one in named {
                let ways = one.by_way_of.into_iter().map(|way| (way, true));
                for (to, is_by_way) in ways.chain([(one.module, false)]).filter(|(to, _)| to != from) {
                    let (from, at) = (from.clone(), at.clone());
                    uses.insert(Use {
                        from,
                        to,
                        is_by_way,
                        at,
                    });
                }
            }
        }
    }
    (uses, lost)
}

/// One question, and what was found out for it: a circle of names asks each of them once.
struct Names<'m> {
    modules: &'m Modules,
    known: HashMap<(Place, Vec<String>), Vec<Named>>,
}

impl<'m> Names<'m> {
    fn of(modules: &'m Modules) -> Names<'m> {
        let known = HashMap::new();
        Names { modules, known }
    }

    /// What a path may name that stands in the module `from`.
    fn path(&mut self, from: &[String], path: &[String]) -> Vec<Named> {
        // The library's names start at the crate, those of the program at `main`, which knows the library by its name.
        let is_program = from.first().is_some_and(|f| f == "main");
        let root = &from[..usize::from(is_program)];
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        match (first.as_str(), from.split_last()) {
            ("crate", _) => self.inside(root, rest),
            ("nrcompose", _) if is_program => self.inside(&[], rest),
            ("self", _) => self.inside(from, rest),
            ("super", None) => Vec::new(),
            // A chain of them goes on from the parent.
            ("super", Some((_, parent))) if rest.first().is_some_and(|w| w == "super") => {
                self.path(parent, rest)
            }
            ("super", Some((_, parent))) => self.inside(parent, rest),
            _ => self.inside(from, path),
        }
    }

    /// What a path names in a module.
    fn inside(&mut self, module: &[String], path: &[String]) -> Vec<Named> {
        let key = (module.to_vec(), path.to_vec());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        self.known.insert(key.clone(), Vec::new());
        let found = self.look(module, path);
        self.known.insert(key, found.clone());
        found
    }

    fn look(&mut self, module: &[String], path: &[String]) -> Vec<Named> {
        let Some(here) = self.modules.all.get(module) else {
            return Vec::new();
        };
        let named = |is_module: bool| Named {
            module: module.to_vec(),
            is_module,
            by_way_of: Vec::new(),
        };
        let Some((first, rest)) = path.split_first().filter(|(first, _)| *first != "self") else {
            return vec![named(true)];
        };
        let mut found = Vec::new();
        let child = [module, std::slice::from_ref(first)].concat();
        if self.modules.all.contains_key(&child) {
            found.extend(self.inside(&child, rest));
        }
        if here.items.contains(first) {
            // A module of the same name may be imported, which is judged where that is.
            found.push(named(false));
            return found;
        }
        for import in &here.imports {
            if import.name.as_ref().is_some_and(|name| name != first) {
                continue;
            }
            for target in self.path(module, &import.path) {
                let further = match (&import.name, target.is_module) {
                    (None, true) => self.inside(&target.module, path),
                    (None, false) => Vec::new(),
                    (Some(_), true) => self.inside(&target.module, rest),
                    (Some(_), false) => vec![target.clone()],
                };
                found.extend(further.into_iter().map(|mut named| {
                    named.by_way_of.extend(target.by_way_of.iter().cloned());
                    named.by_way_of.push(module.to_vec());
                    named
                }));
            }
        }
        found
    }
}
