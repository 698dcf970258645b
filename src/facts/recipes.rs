//! The Dockerfiles of the services that a project builds: read once, before the plan, which reads nothing.

use super::dockerfile::{self, Recipe};
use super::start;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::audience::Topic;
use crate::load::Project;
use crate::model::{self, Service};
use crate::tree::Node;
use std::collections::HashMap;
use std::path::Path;

/// By the names of the services.
#[derive(Debug, Default)]
pub struct Recipes {
    read: HashMap<String, Recipe>,
    unread: HashMap<String, Diagnostic>,
}

impl Recipes {
    /// Reads them. Of one that cannot be read the person is told: then nothing is known of what it builds.
    pub fn read(project: &Project) -> Recipes {
        let mut recipes = Recipes::default();
        for service in
            model::services(project).filter(|s| s.has_container() && model::added_for(*s).is_none())
        {
            let (recipe, unread) = read(service);
            recipes.read.extend(recipe.map(|r| (service.name.to_owned(), r)));
            recipes
                .unread
                .extend(unread.map(|u| (service.name.to_owned(), u)));
        }
        recipes
    }

    /// The one of a service.
    pub fn of(&self, service: &str) -> Option<&Recipe> {
        self.read.get(service)
    }

    /// What keeps the one of a service from being read.
    pub fn unread(&self, service: &str) -> Option<&Diagnostic> {
        self.unread.get(service)
    }
}

/// The Dockerfile behind `build:`, and what keeps one from being read.
fn read(service: Service) -> (Option<Recipe>, Option<Diagnostic>) {
    let Some(build) = service.get("build") else {
        return (None, None);
    };
    let text = |key: &str| build.get(key).and_then(Node::as_str);
    if let Some(inline) = text("dockerfile_inline") {
        let recipe = Recipe {
            name: "dockerfile_inline".into(),
            text: inline.to_owned(),
            ..Recipe::default()
        };
        return (Some(with_arguments(recipe, build)), None);
    }
    let Some(context) = text("context") else {
        return (None, None);
    };
    match Recipe::read(Path::new(context), text("dockerfile")) {
        Ok(recipe) => (
            recipe.map(|r| with_scripts(with_arguments(r, build), Path::new(context))),
            None,
        ),
        Err((name, why)) => {
            let of = format!("{} of service {}", name.display(), service.name);
            let mut warning = why.told(Topic::Unread, of).at(build.origin);
            warning.message += "; planned as if nothing were known of what it builds";
            (None, Some(warning))
        }
    }
}

/// The recipe with the scripts that the image starts, as far as they come out of the context.
fn with_scripts(mut recipe: Recipe, context: &Path) -> Recipe {
    let Some(build) = dockerfile::read(&recipe) else {
        return recipe;
    };
    let starts = [&build.entrypoint, &build.command].into_iter().flatten();
    for path in starts.filter_map(|(words, _)| start::file(words)) {
        let mut texts = build
            .copied
            .iter()
            .rev()
            .filter_map(|copied| copied.text_at(path, context));
        if let Some(text) = texts.next() {
            recipe.scripts.insert(path.to_owned(), text);
        }
    }
    recipe
}

/// The recipe with the target and the arguments that `build:` gives it.
fn with_arguments(mut recipe: Recipe, build: &Node) -> Recipe {
    let text = |key: &str| build.get(key).and_then(Node::as_str);
    recipe.target = text("target").map(str::to_owned);
    for (name, value) in build.get("args").and_then(Node::as_map).into_iter().flatten() {
        if let Some(value) = value.scalar_text() {
            recipe.args.insert(name.clone(), value);
        }
    }
    recipe
}
