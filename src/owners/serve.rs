//! What the program does in its container: takes orders on standard input and answers on standard output.

use super::frame::{self, Act, Answer, Orders, TreeOrder, TreeSummary};
use super::record::Known;
use super::report::TreeReport;
use super::restore::{PastChange, PuttingBack};
use super::scan::Scan;
use super::seen::identity;
use super::set::GiveTree;
use super::walk::{open_folder, walk};
use rustix::fd::{AsFd, OwnedFd};
use std::ffi::CString;
use std::io::{self, BufWriter, Read, Write};

/// Takes orders, does them, and answers how that went; gives up as soon as who gave them is gone.
///
/// # Errors
/// Orders that are none; nobody listens.
pub fn serve() -> io::Result<()> {
    let work = Work::read(&mut io::stdin().lock())?;
    std::thread::spawn(|| {
        let mut rest = [0];
        // It is held open for as long as somebody wants an answer.
        while !matches!(io::stdin().read(&mut rest), Ok(0) | Err(_)) {}
        std::process::exit(GIVEN_UP);
    });
    work.run(&mut io::stdout().lock())
}

/// The exit code of who was given up.
const GIVEN_UP: i32 = 3;

/// All that is to be done.
pub(crate) struct Work {
    act: Act,
    trees: Vec<(TreeOrder, Vec<PastChange>)>,
}

impl Work {
    /// Takes orders and the records that follow them.
    ///
    /// # Errors
    /// Orders that are none.
    pub(crate) fn read(from: &mut dyn Read) -> io::Result<Work> {
        let orders = match frame::take(from)? {
            Some((frame::ORDERS, bytes)) => frame::json::<Orders>(&bytes)?,
            _ => return Err(io::ErrorKind::InvalidInput.into()),
        };
        let mut trees = Vec::new();
        for order in orders.trees {
            let records = records(from, &order)?;
            trees.push((order, records));
        }
        Ok(Work {
            act: orders.act,
            trees,
        })
    }

    /// Does it.
    ///
    /// # Errors
    /// Nobody listens.
    pub(crate) fn run(self, out: &mut dyn Write) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(64 * 1024, out);
        for (order, records) in self.trees {
            match tree(self.act, &order, records, &mut out)? {
                Ok(summary) => Answer::Tree(summary).send(&mut out)?,
                Err(NotDone {
                    why,
                    is_unchanged: true,
                }) => Answer::Refused(why).send(&mut out)?,
                Err(NotDone { why, .. }) => Answer::Broken(why).send(&mut out)?,
            }
            out.flush()?;
        }
        Answer::End(most_memory()).send(&mut out)?;
        out.flush()
    }
}

/// Why a tree could not be worked on.
struct NotDone {
    why: String,
    is_unchanged: bool,
}

impl NotDone {
    fn at_all(why: String) -> NotDone {
        NotDone {
            why,
            is_unchanged: true,
        }
    }
}

/// The records of a tree that follow the orders.
fn records(from: &mut dyn Read, order: &TreeOrder) -> io::Result<Vec<PastChange>> {
    let one = |record: &frame::RecordOrder| {
        let mut entries = Vec::new();
        from.take(record.bytes).read_to_end(&mut entries)?;
        match entries.len() as u64 == record.bytes {
            true => Ok(PastChange {
                order: record.clone(),
                known: Known::read(&entries)?,
            }),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    };
    order.records.iter().map(one).collect()
}

/// Works on one tree. The inner error is about that tree.
fn tree(
    act: Act,
    order: &TreeOrder,
    mut records: Vec<PastChange>,
    out: &mut dyn Write,
) -> io::Result<Result<TreeSummary, NotDone>> {
    let root = match open(order) {
        Ok(root) => root,
        Err(error) => return Ok(Err(NotDone::at_all(format!("opening it: {error}")))),
    };
    let identity = identity(root.as_fd());
    if !order.identity.is_empty() && order.identity != identity {
        return Ok(Err(NotDone::at_all(super::SWAPPED.to_owned())));
    }
    let mut report = TreeReport::new(out);
    let mut is_unchanged = true;
    let done = match act {
        Act::Scan => {
            let known = records.drain(..).next().map(|change| change.known);
            let mut scan = Scan::new(order.give_to, known, &mut report);
            walk(root, order.recursive, &mut scan).map(|()| scan.summary)
        }
        Act::Set => {
            let mut set = GiveTree::new(order.give_to, order.keeps_bits, &mut report);
            for change in &records {
                set.finish(root.as_fd(), &change.known, change.order.given_to)?;
            }
            let walked = walk(root, order.recursive, &mut set);
            is_unchanged = !set.tree.has_changed();
            set.tree.end(walked)
        }
        Act::Restore => {
            let mut restore = PuttingBack::new(records, order.keeps_bits, &mut report);
            let walked = walk(root, order.recursive, &mut restore);
            is_unchanged = !restore.tree.has_changed();
            restore.tree.end(walked)
        }
    };
    report.flush()?;
    match done {
        Ok(summary) => Ok(Ok(TreeSummary { identity, ..summary })),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error),
        Err(error) => Ok(Err(NotDone {
            why: error.to_string(),
            is_unchanged,
        })),
    }
}

/// The directory that is meant, of the one that is mounted; no link leads to it.
fn open(order: &TreeOrder) -> io::Result<OwnedFd> {
    let top = CString::new(order.at.as_str())?;
    let mut folder = open_folder(rustix::fs::CWD, &top)?;
    let subpath = order.subpath.iter().flat_map(|path| path.split('/'));
    for name in subpath.filter(|name| !matches!(*name, "" | ".")) {
        if name == ".." {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        folder = open_folder(folder.as_fd(), &CString::new(name)?)?;
    }
    Ok(folder)
}

/// The most memory that was in use, in KiB.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|value| value.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}
