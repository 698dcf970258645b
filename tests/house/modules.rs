//! The modules of the crate as Rust finds them: what each defines, imports and mentions. What only tests compile is left
//! out: a test may reach for what it needs.

use crate::sources::Sources;
use crate::tokens::{Mention, mentions, plain};
use proc_macro2::{TokenStream, TokenTree};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseTree};

/// Where a module is: `["plan", "identity"]`; the crate itself is empty, and the program is `["main"]`.
pub(crate) type Place = Vec<String>;

/// One module.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Its file.
    pub file: String,
    /// The names of what it defines itself.
    pub items: BTreeSet<String>,
    /// What it imports, at the top or in a block.
    pub imports: Vec<Import>,
    /// The paths that it mentions elsewhere.
    pub mentions: Vec<Mention>,
}

/// One name of a `use` declaration.
#[derive(Debug, Clone)]
pub(crate) struct Import {
    /// The path.
    pub path: Vec<String>,
    /// The name that it has here; none for all that is there (`*`).
    pub name: Option<String>,
    /// The line.
    pub line: usize,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// By their places.
    pub all: BTreeMap<Place, Module>,
    /// Functions: lines, file and name.
    pub functions: Vec<(usize, String)>,
    /// Where types and traits are defined, by their names.
    pub types: BTreeMap<String, Vec<String>>,
    /// Files that only tests compile.
    for_tests: BTreeSet<String>,
}

impl Modules {
    /// Reads them, from `src/lib.rs` and `src/main.rs` on.
    pub(crate) fn of(sources: &Sources) -> Modules {
        let mut modules = Modules::default();
        modules.file(sources, "src/lib.rs", Vec::new());
        modules.file(sources, "src/main.rs", vec!["main".to_owned()]);
        modules
    }

    /// Files that no module declares: nobody compiles them, and nothing here would judge them.
    pub(crate) fn strays<'s>(&self, sources: &'s Sources) -> Vec<&'s String> {
        let known: BTreeSet<&String> = self
            .all
            .values()
            .map(|m| &m.file)
            .chain(&self.for_tests)
            .collect();
        sources.0.keys().filter(|path| !known.contains(path)).collect()
    }

    fn file(&mut self, sources: &Sources, path: &str, place: Place) {
        let parsed = Parsed::of(path, &sources.0[path]);
        let mut reader = Reader {
            modules: self,
            sources,
            file: path,
            place: place.clone(),
            inline: Vec::new(),
        };
        reader.module();
        reader.visit_file(&parsed.file);
        for mention in &parsed.mentions {
            let place = [&place[..], &mention.inside].concat();
            if let Some(module) = self.all.get_mut(&place) {
                module.mentions.push(mention.clone());
            }
        }
    }
}

/// A file that was read; a second source tree has most of them in common with the first.
struct Parsed {
    file: syn::File,
    mentions: Vec<Mention>,
}

impl Parsed {
    fn of(path: &str, text: &str) -> Rc<Parsed> {
        thread_local! {
            static KNOWN: RefCell<HashMap<String, Rc<Parsed>>> = RefCell::default();
        }
        if let Some(parsed) = KNOWN.with_borrow(|known| known.get(text).cloned()) {
            return parsed;
        }
        let file = syn::parse_file(text).unwrap_or_else(|e| panic!("{path}:{}: {e}", e.span().start().line));
        let tokens: TokenStream = text.parse().unwrap();
        let mentions = mentions(tokens);
        let parsed = Rc::new(Parsed { file, mentions });
        KNOWN.with_borrow_mut(|known| known.insert(text.to_owned(), Rc::clone(&parsed)));
        parsed
    }
}

struct Reader<'a> {
    modules: &'a mut Modules,
    sources: &'a Sources,
    file: &'a str,
    place: Place,
    inline: Vec<String>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        let file = self.file.to_owned();
        self.modules.all.entry(self.place.clone()).or_insert(Module {
            file,
            ..Module::default()
        })
    }

    fn ours(&mut self, name: &syn::Ident) {
        let name = plain(&name.to_string());
        self.module().items.insert(name);
    }

    fn names_a_type(&mut self, name: &syn::Ident) {
        let at = format!("{}:{}", self.file, name.span().start().line);
        self.modules
            .types
            .entry(plain(&name.to_string()))
            .or_default()
            .push(at);
    }

    fn function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let lines = body.brace_token.span.close().end().line - first + 1;
        let name = format!("{}:{first} {}", self.file, signature.ident);
        self.modules.functions.push((lines, name));
    }

    /// The file of a module that is declared without its body.
    fn file_of(&self, module: &ItemMod) -> String {
        let name = plain(&module.ident.to_string());
        let (folder, stem) = self.file.rsplit_once('/').unwrap_or(("", self.file));
        if let Some(path) = said_path(&module.attrs) {
            return clean(&format!("{folder}/{path}"));
        }
        let mut base = folder.to_owned();
        if !["lib.rs", "main.rs", "mod.rs"].contains(&stem) {
            base = format!("{folder}/{}", stem.trim_end_matches(".rs"));
        }
        for part in &self.inline {
            base = format!("{base}/{part}");
        }
        let beside = format!("{base}/{name}.rs");
        if self.sources.0.contains_key(&beside) {
            beside
        } else {
            format!("{base}/{name}/mod.rs")
        }
    }
}

/// The names behind the keywords of types and constants among these tokens.
fn defined(tokens: TokenStream, made: &mut Vec<(String, syn::Ident)>) {
    let mut keyword = None;
    for token in tokens {
        match token {
            TokenTree::Group(group) => defined(group.stream(), made),
            TokenTree::Ident(name) => {
                if let Some(keyword) = keyword.take() {
                    made.push((keyword, name));
                } else {
                    let word = name.to_string();
                    keyword = ["const", "enum", "struct"]
                        .contains(&word.as_str())
                        .then_some(word);
                }
                continue;
            }
            _ => {}
        }
        keyword = None;
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if let Some(module) = test_module(item) {
            let file = self.file_of(module);
            self.modules.for_tests.insert(file);
        }
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            Item::Const(i) => self.ours(&i.ident),
            Item::Fn(i) => self.ours(&i.sig.ident),
            Item::Static(i) => self.ours(&i.ident),
            Item::Macro(i) => {
                i.ident.iter().for_each(|name| self.ours(name));
                // What a macro makes in its own module; rows of a table become a type so.
                let mut made = Vec::new();
                defined(i.mac.tokens.clone(), &mut made);
                for (keyword, name) in made {
                    self.ours(&name);
                    if keyword != "const" {
                        self.names_a_type(&name);
                    }
                }
            }
            Item::Enum(i) => (self.ours(&i.ident), self.names_a_type(&i.ident)).0,
            Item::Struct(i) => (self.ours(&i.ident), self.names_a_type(&i.ident)).0,
            Item::Trait(i) => (self.ours(&i.ident), self.names_a_type(&i.ident)).0,
            Item::Type(i) => (self.ours(&i.ident), self.names_a_type(&i.ident)).0,
            Item::Union(i) => (self.ours(&i.ident), self.names_a_type(&i.ident)).0,
            _ => {}
        }
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        let name = plain(&module.ident.to_string());
        match &module.content {
            Some((_, items)) => {
                self.place.push(name.clone());
                self.inline.push(name);
                self.module();
                items.iter().for_each(|item| self.visit_item(item));
                self.inline.pop();
                self.place.pop();
            }
            None => {
                let path = self.file_of(module);
                assert!(
                    self.sources.0.contains_key(&path),
                    "{}: there is no {path}",
                    self.file
                );
                let place = [&self.place[..], &[name]].concat();
                self.modules.file(self.sources, &path, place);
            }
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let line = item.use_token.span.start().line;
            let mut imports = Vec::new();
            flatten(&item.tree, &mut Vec::new(), &mut |path, name| {
                imports.push(Import { path, name, line });
            });
            self.module().imports.extend(imports);
        }
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        if item.ident == "self"
            && let Some((_, name)) = &item.rename
        {
            let import = Import {
                path: vec!["crate".to_owned()],
                name: Some(plain(&name.to_string())),
                line: item.ident.span().start().line,
            };
            self.module().imports.push(import);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            self.function(&item.sig, &item.block);
            visit::visit_impl_item_fn(self, item);
        }
    }
}

/// Each name of a tree of `use`, with its whole path.
fn flatten(tree: &UseTree, before: &mut Vec<String>, give: &mut dyn FnMut(Vec<String>, Option<String>)) {
    let mut named = |word: String, name: String| match word.as_str() {
        // `use a::b::{self}`
        "self" if !before.is_empty() => {
            let own = if name == "self" {
                before[before.len() - 1].clone()
            } else {
                name
            };
            give(before.clone(), Some(own));
        }
        _ => give([&before[..], &[word]].concat(), Some(name)),
    };
    match tree {
        UseTree::Name(n) => named(plain(&n.ident.to_string()), plain(&n.ident.to_string())),
        UseTree::Rename(r) => named(plain(&r.ident.to_string()), plain(&r.rename.to_string())),
        UseTree::Glob(_) => give(before.clone(), None),
        UseTree::Path(p) => {
            before.push(plain(&p.ident.to_string()));
            flatten(&p.tree, before, give);
            before.pop();
        }
        UseTree::Group(g) => g.items.iter().for_each(|tree| flatten(tree, before, give)),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

/// A module of tests in a file of its own.
fn test_module(item: &Item) -> Option<&ItemMod> {
    match item {
        Item::Mod(m) if m.content.is_none() && is_for_tests(&m.attrs) => Some(m),
        _ => None,
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let is =
        |a: &Attribute| a.path().is_ident("cfg") && a.parse_args::<syn::Ident>().is_ok_and(|i| i == "test");
    attributes.iter().any(is)
}

/// What `#[path = "…"]` says.
fn said_path(attributes: &[Attribute]) -> Option<String> {
    let said = attributes.iter().find(|a| a.path().is_ident("path"))?;
    let syn::Meta::NameValue(pair) = &said.meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
