//! YAML to trees, as Compose's YAML library reads it: raw scalars, tags, anchors, merge keys, positions.

use super::libyaml_check;
use super::merge_key;
use super::scalar;
use crate::diagnostic::Diagnostic;
use crate::tree::{FileId, Map, Node, Origin, Path, Sources, Value};
use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag, options};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// How many nodes aliases may add to a file. Compose has no limit and takes all memory.
const MAX_EXPANDED: usize = 1_000_000;
/// How deep a file may nest.
const MAX_DEPTH: usize = 250;

/// One document of a file.
#[derive(Debug, Clone)]
pub(super) struct Document {
    /// Its tree, `!reset` values gone.
    pub root: Node,
    /// Where `!reset` and `!override` stood: what was there before has to go.
    pub resets: Vec<Path>,
}

type ParseResult<T> = std::result::Result<T, Diagnostic>;

/// Bytes as text: UTF-8, or UTF-16 with its mark.
pub(super) fn decode(bytes: &[u8], name: &std::path::Path, sources: &mut Sources) -> ParseResult<FileId> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => Some(Cow::Owned(utf16(rest, u16::from_le_bytes))),
        [0xfe, 0xff, rest @ ..] => Some(Cow::Owned(utf16(rest, u16::from_be_bytes))),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(Cow::Borrowed),
        _ => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
    };
    if let Some(text) = text {
        return Ok(sources.add(name, &*text));
    }
    let valid = bytes.utf8_chunks().next().map_or("", |c| c.valid());
    let origin = Origin {
        file: sources.add(name, String::from_utf8_lossy(bytes).into_owned()),
        line: count(valid.matches('\n').count() + 1),
        column: count(valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1),
    };
    Err(
        Diagnostic::error(format!("reading {}: it is not text in UTF-8", name.display()))
            .at(origin)
            .help("is this a Compose file? save it as UTF-8"),
    )
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// All documents of a text.
pub(super) fn documents(text: &str, file: FileId) -> ParseResult<Vec<Document>> {
    let options = options! {
        emit_comments: false,
        emit_anchor_events: true,
        emit_unresolved_aliases: true,
    };
    let mut builder = Builder {
        parser: Parser::new_from_str_with_options(text, options),
        text,
        file,
        anchors: HashMap::new(),
        path: Vec::new(),
        resets: Vec::new(),
        expanded: 0,
        untagged: 0,
    };
    let documents = builder.run()?;
    match libyaml_check::is_wanted(text).then(|| libyaml_check::ask(text)).flatten() {
        None => Ok(documents),
        Some(refusal) => Err(Diagnostic::error(format!("reading YAML: {}", refusal.message))
            .at(Origin {
                file,
                line: count(refusal.line),
                column: count(refusal.column),
            })
            .help("Compose's parser refuses this; indent with spaces, and quote texts with `: ` or ` #` in them")),
    }
}

const CORRECT: &str = "correct the YAML at this place; mind the indentation and quotes of the lines before";
/// Where our parser is stricter than Compose's.
const ACCEPTED: &str = "Compose may accept this text: write it more plainly here, or use --nr-loader compose";

/// What an anchor stands for.
struct Anchor {
    /// The value; none while it is still being read.
    node: Option<Node>,
    size: usize,
    action: Option<Action>,
    /// `!override` inside it, relative: they count wherever the anchor is used.
    overrides: Vec<Vec<Rc<str>>>,
    /// Where it was used, to find an alias inside its own value.
    uses: HashSet<Path>,
    /// All places above those.
    above: HashSet<Path>,
}

#[derive(Clone, Copy, PartialEq)]
enum Action {
    Reset,
    Override,
}

#[derive(Clone)]
enum Segment {
    Key(Rc<str>),
    Item,
    Merge,
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    file: FileId,
    /// By name; they live on into later documents of the file.
    anchors: HashMap<String, Anchor>,
    path: Vec<Segment>,
    resets: Vec<Vec<Rc<str>>>,
    expanded: usize,
    /// How many `!override`s are around us: inside one, tags mean nothing to Compose.
    untagged: usize,
}

impl<'a> Builder<'a> {
    fn run(&mut self) -> ParseResult<Vec<Document>> {
        let mut documents = Vec::new();
        while let Some((event, span)) = self.next()? {
            match event {
                Event::DocumentStart(_, Some(version)) if (version.major, version.minor) != (1, 1) => {
                    return Err(self
                        .error("the version in %YAML is not 1.1", &span)
                        .help("leave out the %YAML line"));
                }
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => {}
                _ => {
                    let origin = self.origin(&span);
                    let root = self.node(event, &span, origin)?;
                    let resets = std::mem::take(&mut self.resets);
                    documents.push(Document {
                        root: root.unwrap_or_else(|| Node::new(Value::Null, origin)),
                        resets: resets
                            .into_iter()
                            .map(|p| Path::of(p.iter().map(|s| s.to_string())))
                            .collect(),
                    });
                }
            }
        }
        Ok(documents)
    }

    fn next(&mut self) -> ParseResult<Option<(Event<'a>, Span)>> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(pair)) => Ok(Some(pair)),
            Some(Err(error)) => {
                let mark = error.marker();
                let origin = Origin {
                    file: self.file,
                    line: count(mark.line()),
                    column: count(mark.col() + 1),
                };
                Err(Diagnostic::error(format!("reading YAML: {}", error.info()))
                    .at(origin)
                    .help(if self.is_accepted_by_compose() {
                        ACCEPTED
                    } else {
                        CORRECT
                    }))
            }
        }
    }

    /// Whether Compose's parser takes the text that ours refuses. Deep nesting takes that one
    /// quadratic time, so it is asked of short texts alone.
    fn is_accepted_by_compose(&self) -> bool {
        self.text.len() <= 16 << 10 && libyaml_check::ask(self.text).is_none()
    }

    fn expect(&mut self) -> ParseResult<(Event<'a>, Span)> {
        self.next()?
            .ok_or_else(|| Diagnostic::error("reading YAML: the file ends in the middle of a value"))
    }

    fn origin(&self, span: &Span) -> Origin {
        Origin {
            file: self.file,
            line: count(span.start.line()),
            column: count(span.start.col() + 1),
        }
    }

    fn error(&self, message: impl Into<String>, span: &Span) -> Diagnostic {
        Diagnostic::error(format!("reading YAML: {}", message.into())).at(self.origin(span))
    }

    /// The node an event begins; none where it is tagged `!reset`. `at` is where a collection is said to be.
    fn node(&mut self, event: Event<'a>, span: &Span, at: Origin) -> ParseResult<Option<Node>> {
        if self.path.len() > MAX_DEPTH {
            return Err(self
                .error(format!("more than {MAX_DEPTH} levels of nesting"), span)
                .help("a Compose file nests a dozen levels; is this one?"));
        }
        let (anchor, tag) = match &event {
            Event::Alias(_) | Event::UnresolvedAlias(_) => return self.alias(span),
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor, tag.clone()),
            _ => return Err(self.error("a value is missing", span)),
        };
        let name = if anchor == 0 { None } else { self.anchor_name()? };
        let action = tag.as_deref().filter(|_| self.untagged == 0).and_then(action);
        if let Some(name) = &name {
            self.anchors.insert(
                name.clone(),
                Anchor {
                    node: None,
                    size: 0,
                    action,
                    overrides: Vec::new(),
                    uses: HashSet::new(),
                    above: HashSet::new(),
                },
            );
        }
        let first_reset = self.resets.len();
        if action.is_some() {
            self.record(&[]);
            self.untagged += 1;
        }
        let node = self.value(event, span, at, tag.as_deref())?;
        if action.is_some() {
            self.untagged -= 1;
        }
        if let Some(name) = name {
            self.define(&name, &node, action, first_reset);
        }
        Ok(Some(node).filter(|_| action != Some(Action::Reset)))
    }

    fn value(&mut self, event: Event<'a>, span: &Span, at: Origin, tag: Option<&Tag>) -> ParseResult<Node> {
        match event {
            Event::Scalar(text, style, ..) => self.scalar(text, style, tag, span),
            Event::SequenceStart(..) => self.sequence(at),
            _ => self.mapping(at),
        }
    }

    fn anchor_name(&mut self) -> ParseResult<Option<String>> {
        match self.parser.peek() {
            Some(Ok((Event::Anchor(..), _))) => {}
            _ => return Ok(None),
        }
        match self.next()? {
            Some((Event::Anchor(_, name), _)) => Ok(Some(name.into_owned())),
            _ => Ok(None),
        }
    }

    fn define(&mut self, name: &str, node: &Node, action: Option<Action>, first_reset: usize) {
        let here = self.keys();
        // what was reset inside is gone for good; what was overridden inside is so again at each use
        let overrides = match (action, here) {
            (None, Some(here)) => self.resets[first_reset..]
                .iter()
                .filter(|path| path.starts_with(&here))
                .map(|path| path[here.len()..].to_vec())
                .filter(|relative| reach(node, relative))
                .collect(),
            _ => Vec::new(),
        };
        if let Some(anchor) = self.anchors.get_mut(name) {
            anchor.size = size(node);
            anchor.node = Some(node.clone());
            anchor.overrides = overrides;
        }
    }

    fn alias(&mut self, span: &Span) -> ParseResult<Option<Node>> {
        let name = span
            .slice(self.text)
            .unwrap_or_default()
            .trim_start_matches('*')
            .to_owned();
        let here = Path::of(
            self.path
                .iter()
                .map(|s| match s {
                    Segment::Key(key) => key.to_string(),
                    Segment::Item => "-".to_owned(),
                    Segment::Merge => String::new(),
                })
                .filter(|s| !s.is_empty()),
        );
        let Some(anchor) = self.anchors.get_mut(&name) else {
            return Err(self
                .error(format!("there is no anchor &{name} before this place"), span)
                .help("define the anchor above its first use"));
        };
        let Some(node) = &anchor.node else {
            return Err(self
                .error(format!("the value of &{name} contains itself"), span)
                .help("an alias cannot stand inside the value of its own anchor"));
        };
        if is_nested(&here, &anchor.uses, &anchor.above) {
            return Err(self
                .error(
                    format!("*{name} is used both at a place and inside that place"),
                    span,
                )
                .help("Compose takes this for a cycle; write one of the two values out"));
        }
        self.expanded += anchor.size;
        if self.expanded > MAX_EXPANDED {
            return Err(self
                .error(format!("aliases expand to more than {MAX_EXPANDED} values"), span)
                .help("aliases of aliases multiply; write fewer of them"));
        }
        let node = node.clone();
        let mut above = here.clone();
        while !above.segments().is_empty() {
            above.pop();
            anchor.above.insert(above.clone());
        }
        anchor.uses.insert(here);
        let (action, overrides) = (anchor.action, anchor.overrides.clone());
        if self.untagged > 0 {
            return Ok(Some(node));
        }
        if action.is_some() {
            self.record(&[]);
        }
        for relative in &overrides {
            self.record(relative);
        }
        Ok(Some(node).filter(|_| action != Some(Action::Reset)))
    }

    /// The path in keys alone; none below a list, where Compose cannot find what to reset.
    fn keys(&self) -> Option<Vec<Rc<str>>> {
        let keys = self.path.iter().filter_map(|s| match s {
            Segment::Key(key) => Some(Some(key.clone())),
            Segment::Item => Some(None),
            Segment::Merge => None,
        });
        keys.collect()
    }

    fn record(&mut self, relative: &[Rc<str>]) {
        if let Some(mut path) = self.keys() {
            path.extend(relative.iter().cloned());
            self.resets.push(path);
        }
    }

    fn sequence(&mut self, at: Origin) -> ParseResult<Node> {
        let mut items = Vec::new();
        self.path.push(Segment::Item);
        loop {
            let (event, span) = self.expect()?;
            if event == Event::SequenceEnd {
                break;
            }
            let origin = self.origin(&span);
            items.extend(self.node(event, &span, origin)?);
        }
        self.path.pop();
        items.shrink_to_fit();
        Ok(Node::new(items, at))
    }

    fn mapping(&mut self, at: Origin) -> ParseResult<Node> {
        let mut map = Map::new();
        let mut merged = None;
        let mut gone: HashSet<String> = HashSet::new();
        loop {
            let (event, span) = self.expect()?;
            if event == Event::MappingEnd {
                break;
            }
            let (key, is_merge) = self.key(event, &span)?;
            if map.contains_key(&key) || gone.contains(&key) || (is_merge && merged.is_some()) {
                let first = map.get(&key).map(|n: &Node| n.origin.line);
                let first = first
                    .map(|l| format!(", it is already there in line {l}"))
                    .unwrap_or_default();
                return Err(self
                    .error(format!("the key {key:?} is repeated{first}"), &span)
                    .help("remove one of the two; a list or mapping cannot be given in parts"));
            }
            let origin = self.origin(&span);
            self.path.push(if is_merge {
                Segment::Merge
            } else {
                Segment::Key(Rc::from(key.as_str()))
            });
            let (event, span) = self.expect()?;
            let node = self.node(event, &span, origin)?;
            self.path.pop();
            match node {
                Some(node) if is_merge => merged = Some((node, origin)),
                Some(node) => _ = map.insert(key, node),
                None => _ = gone.insert(key),
            }
        }
        if let Some((node, origin)) = merged {
            merge_key::apply(&mut map, node, origin)?;
        }
        map.shrink_to_fit();
        Ok(Node::new(map, at))
    }

    /// A key, and whether it is the merge key.
    fn key(&mut self, event: Event<'a>, span: &Span) -> ParseResult<(String, bool)> {
        let is_scalar = matches!(event, Event::Scalar(..));
        let style = match &event {
            Event::Scalar(_, style, _, tag) => Some((*style, tag.is_some())),
            _ => None,
        };
        if !is_scalar && !matches!(event, Event::Alias(_) | Event::UnresolvedAlias(_)) {
            return Err(self
                .error("a key is a list or a mapping", span)
                .help("keys are plain words; was a `:` or a quote forgotten?"));
        }
        let origin = self.origin(span);
        // a tag before a key is a tag of the key, and means nothing
        self.untagged += 1;
        let node = self.node(event, span, origin);
        self.untagged -= 1;
        match node?.map(|n| n.value) {
            Some(Value::Str(key)) => {
                let is_merge = key == "<<" && style == Some((ScalarStyle::Plain, false));
                Ok((key, is_merge))
            }
            other => {
                let kind = other.as_ref().map_or("nothing", Value::kind);
                Err(self
                    .error(format!("a key is {kind}, not text"), span)
                    .help("put the key in quotes"))
            }
        }
    }

    fn scalar(
        &self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> ParseResult<Node> {
        let origin = self.origin(span);
        let plain = style == ScalarStyle::Plain;
        let value = match tag {
            None if plain => scalar::resolve(&text),
            None => Value::Str(text.into_owned()),
            Some(tag) => self.tagged(text.into_owned(), tag, span)?,
        };
        let mut node = Node::new(value, origin);
        if plain && !matches!(node.value, Value::Str(_) | Value::Null) {
            let written = span.slice(self.text).unwrap_or_default();
            if node.scalar_text().as_deref() != Some(written) {
                node.raw = Some(Rc::from(written));
            }
        }
        Ok(node)
    }

    fn tagged(&self, text: String, tag: &Tag, span: &Span) -> ParseResult<Value> {
        let Some(kind) = tag.suffix_in_namespace("tag:yaml.org,2002:") else {
            // a tag of one's own makes text of a scalar, `!` alone does so too
            return Ok(Value::Str(text));
        };
        let resolved = scalar::resolve(&text);
        let value = match (kind.as_ref(), &resolved) {
            ("str", _) => Some(Value::Str(text.clone())),
            ("binary", _) => super::base64::decode(&text).map(Value::Str),
            ("int", Value::Int(_) | Value::Uint(_))
            | ("float", Value::Float(_))
            | ("bool", Value::Bool(_))
            | ("null", Value::Null)
            | ("timestamp", Value::Time(_)) => Some(resolved),
            #[allow(clippy::cast_precision_loss)] // as the reference converts
            ("float", Value::Int(i)) => Some(Value::Float(*i as f64)),
            ("int" | "float" | "bool" | "null" | "timestamp" | "seq" | "map", _) => None,
            _ => Some(Value::Str(text.clone())),
        };
        value.ok_or_else(|| {
            self.error(format!("{text:?} is tagged !!{kind} and is none"), span)
                .help("remove the tag, or correct the value")
        })
    }
}

fn action(tag: &Tag) -> Option<Action> {
    match tag.parts() {
        ("!", "reset") => Some(Action::Reset),
        ("!", "override") => Some(Action::Override),
        _ => None,
    }
}

/// Whether one place is inside the other, services apart.
fn is_nested(here: &Path, uses: &HashSet<Path>, above: &HashSet<Path>) -> bool {
    if uses.contains(here) {
        return false;
    }
    if above.contains(here) {
        return here.segments().first().is_none_or(|s| s != "services") || here.segments().len() > 1;
    }
    let mut parent = here.clone();
    while !parent.segments().is_empty() {
        parent.pop();
        if uses.contains(&parent) {
            return true;
        }
    }
    false
}

fn reach(node: &Node, relative: &[Rc<str>]) -> bool {
    let found = relative.iter().try_fold(node, |node, key| node.get(key));
    found.is_some()
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Seq(items) => items.iter().map(size).sum::<usize>(),
        Value::Map(map) => map.values().map(size).sum(),
        _ => 0,
    }
}
