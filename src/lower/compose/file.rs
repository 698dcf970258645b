//! A whole file put into a container as an inline config, which needs no file on the host. Compose copies it in before
//! the start.

use crate::lower::{Edit, Op};
use crate::model::{Service, own_name};
use crate::tree::{Map, Node, Path, Value};

/// Of a file that the service writes; all others are for reading. It stays root's: engines before 23 cannot give a copied
/// file an owner where `user:` is a number (moby#34142).
const WRITABLE: &str = "0666";

/// The edits that put `content` at `path` of the service's containers; none when an earlier run did.
pub(super) fn edits(service: Service, path: &str, content: &str, is_written: bool) -> Vec<Edit> {
    if service.has_own_file(path) {
        return Vec::new();
    }
    let name = own_name(service.name, path);
    let mut config = Map::new();
    config.insert("content".to_owned(), Node::synthetic(content));
    let mut mount = Map::new();
    mount.insert("source".to_owned(), Node::synthetic(name.as_str()));
    mount.insert("target".to_owned(), Node::synthetic(path));
    if is_written {
        mount.insert("mode".to_owned(), Node::synthetic(WRITABLE));
    }
    vec![
        Edit::set(Path::of(["configs", name.as_str()]), Value::from(config)),
        Edit {
            path: service.path_of("configs"),
            op: Op::Add(Node::synthetic(Value::from(mount))),
        },
    ]
}
