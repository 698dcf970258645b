//! What the words of `ownership give` come to: directories of this machine, and whom they are given to.

use super::may_give;
use crate::act::ownership::{Place, Wanted, asked, here};
use crate::diagnostic::Diagnostic;
use crate::facts::giving::{self, is_library};
use crate::facts::host::{Host, ThisHost};
use crate::facts::settings::Ids;
use crate::load::Project;
use crate::model::{self, Mount, MountKind, Service, Volume};
use crate::pipeline::Prepared;
use crate::plan::service_facts::Writes;
use std::path::{Path, PathBuf};

/// A word: as in Compose's `volumes:`, what has a slash or begins with a dot is a path.
pub(super) fn is_path(word: &str) -> bool {
    word.contains('/') || word.starts_with('.')
}

/// Where the words are said.
pub(super) struct GiftWords<'s> {
    /// Of this machine.
    pub(super) host: ThisHost,
    /// The project, if there is one.
    pub(super) prepared: Option<&'s Prepared>,
    /// Its directory, or the person's own.
    pub(super) directory: PathBuf,
    /// Where the person is.
    pub(super) cwd: PathBuf,
    /// `--to`.
    pub(super) to: Option<Ids>,
    /// `--recursive`.
    pub(super) recursive: bool,
}

/// What is to be given, and what is left and why.
#[derive(Default)]
pub(super) struct Gifts {
    pub(super) wanted: Vec<Wanted>,
    /// What of a service is not given.
    pub(super) left: Vec<(PathBuf, String)>,
}

impl GiftWords<'_> {
    /// All of them; a directory that is named twice, once.
    ///
    /// # Errors
    /// One that is not given, or of which nobody knows to whom.
    pub(super) fn read(&self, words: &[String]) -> Result<Gifts, Diagnostic> {
        let mut named = Gifts::default();
        for word in words {
            if is_path(word) {
                let one = self.path(Path::new(word))?;
                named.add(one)?;
            } else {
                self.service(word, &mut named)?;
            }
        }
        Ok(named)
    }

    /// What the configuration asks for, as far as it is there.
    ///
    /// # Errors
    /// It asks for nothing, or for what cannot be.
    pub(super) fn asked(&self) -> Result<Gifts, Diagnostic> {
        let Some(prepared) = self.prepared else {
            return Ok(Gifts::default());
        };
        let mut gifts = Gifts::default();
        for one in asked::directories(&prepared.plan, &|_| true, &|path| {
            here::identity(self.place(), path)
        })? {
            match &one.place {
                Place::Directory(path) if !path.is_dir() => {
                    let why = format!(
                        "{} is not there yet: `nrcompose up` makes and gives it",
                        path.display()
                    );
                    gifts.left.push((path.clone(), why));
                }
                _ => gifts.wanted.push(one),
            }
        }
        if gifts.wanted.is_empty() && gifts.left.is_empty() {
            if let Some(Diagnostic { message, help, .. }) = prepared.plan.idle_gifts().pop() {
                return Err(Diagnostic::error(message).help(help.unwrap_or_default()));
            }
            let text = "giving directories: none is named, and nrcompose's configuration asks for none";
            let help = "name a directory or a service, or write `volumes: {./data: own}` below `x-nrcompose`";
            return Err(Diagnostic::error(text).help(help));
        }
        Ok(gifts)
    }

    fn place(&self) -> giving::Giving<'_> {
        giving::Giving {
            host: &self.host,
            project: &self.directory,
        }
    }

    /// A path, given to those who write it.
    fn path(&self, word: &Path) -> Result<Wanted, Diagnostic> {
        let path = may_give::path(self.place(), &self.cwd, word)?;
        let mut users: Vec<(String, Ids)> = Vec::new();
        let mut others = Vec::new();
        let mut is_written = false;
        let mut is_of_library = is_library(&path);
        for (service, mount) in self.mounting(&path) {
            is_of_library |= is_library(Path::new(&mount.target));
            is_written |= self.writes(service, &mount) == Writes::Does;
            match self.user(service) {
                Some(ids) => users.push((service.name.to_owned(), ids)),
                None => others.push(service.name.to_owned()),
            }
        }
        let ids = match self.to {
            Some(ids) => ids,
            None => agreed(&path, &users, &others)?,
        };
        let mut services: Vec<String> = users
            .into_iter()
            .filter(|(_, of)| *of == ids)
            .map(|(name, _)| name)
            .collect();
        services.dedup();
        Ok(Wanted {
            identity: here::identity_of_real(&path)?,
            place: Place::Directory(path),
            ids,
            services,
            seen_in: None,
            recursive: self.recursive || is_written || !is_of_library,
        })
    }

    /// Everything on the host that a service writes.
    fn service(&self, name: &str, named: &mut Gifts) -> Result<(), Diagnostic> {
        let found = self
            .prepared
            .and_then(|p| Some((p, model::service(&p.project, name)?)));
        let Some((prepared, service)) = found else {
            let text = format!("giving the directories of {name}: there is no such service");
            let help = format!("a directory of that name is written ./{name}");
            return Err(Diagnostic::error(text).help(help));
        };
        let ids = match (self.to, self.user(service)) {
            (Some(ids), _) | (None, Some(ids)) => ids,
            (None, None) => return Err(without_user(name)),
        };
        let before = named.wanted.len() + named.left.len();
        self.of_service(prepared, service, ids, named)?;
        if named.wanted.len() + named.left.len() == before {
            let text =
                format!("giving the directories of {name}: it is not known to write any of this machine");
            return Err(Diagnostic::error(text).help("name the directory: `nrcompose ownership give PATH`"));
        }
        Ok(())
    }

    /// The same for a user who is known already; it may be nothing.
    ///
    /// # Errors
    /// One that another service has as another user.
    pub(super) fn of_service(
        &self,
        prepared: &Prepared,
        service: Service,
        ids: Ids,
        named: &mut Gifts,
    ) -> Result<(), Diagnostic> {
        for (path, mount) in host_mounts(&prepared.project, service) {
            let writes = self.writes(service, &mount);
            if mount.read_only || writes == Writes::Not || !path.exists() {
                continue;
            }
            let place = self.place();
            let real = self.host.real(&path);
            let why = match may_give::path(place, &self.cwd, &path) {
                Err(error) => Some(error.message),
                Ok(_) if !place.is_in_project(&real) => Some(format!(
                    "{} is not below the project: name it in full",
                    path.display()
                )),
                Ok(_) => None,
            };
            if let Some(why) = why {
                named.left.push((path, why));
                continue;
            }
            let is_library = is_library(&real) || is_library(Path::new(&mount.target));
            named.add(Wanted {
                identity: here::identity_of_real(&real)?,
                place: Place::Directory(real),
                ids,
                services: vec![service.name.to_owned()],
                seen_in: None,
                recursive: self.recursive || writes == Writes::Does || !is_library,
            })?;
        }
        Ok(())
    }

    /// Who mounts a path, or a directory that it is in, to write there.
    fn mounting(&self, path: &Path) -> Vec<(Service<'_>, Mount<'_>)> {
        let Some(prepared) = self.prepared else {
            return Vec::new();
        };
        let holds =
            |(source, mount): &(PathBuf, Mount)| !mount.read_only && path.starts_with(self.host.real(source));
        let services = model::services(&prepared.project).filter(|s| model::added_for(*s).is_none());
        services
            .flat_map(|service| {
                let mounts = host_mounts(&prepared.project, service).into_iter();
                mounts.filter(holds).map(move |(_, mount)| (service, mount))
            })
            .collect()
    }

    fn user(&self, service: Service) -> Option<Ids> {
        let planned = self.prepared?.plan.services.get(service.name)?;
        planned.user().map(|identity| identity.ids)
    }

    fn writes(&self, service: Service, mount: &Mount) -> Writes {
        let plan = self.prepared.map(|p| &p.plan);
        plan.map_or(Writes::May, |plan| plan.writes(service, &mount.target))
    }
}

impl Gifts {
    /// Adds one; twice the same is once.
    fn add(&mut self, one: Wanted) -> Result<(), Diagnostic> {
        match self.wanted.iter_mut().find(|w| w.place == one.place) {
            Some(same) if same.ids != one.ids => {
                let text = format!(
                    "giving {}: {} runs as {}, and {} as {}",
                    one.place,
                    same.services.join(", "),
                    same.ids,
                    one.services.join(", "),
                    one.ids
                );
                Err(Diagnostic::error(text).help("say whom it is given to: `--to UID:GID`"))
            }
            Some(same) => {
                same.recursive |= one.recursive;
                let new = one.services.into_iter();
                let new: Vec<String> = new.filter(|s| !same.services.contains(s)).collect();
                same.services.extend(new);
                Ok(())
            }
            None => {
                self.wanted.push(one);
                Ok(())
            }
        }
    }
}

/// What of this machine a service mounts: directories, also by way of a volume that is one.
fn host_mounts<'p>(project: &'p Project, service: Service<'p>) -> Vec<(PathBuf, Mount<'p>)> {
    let source = |mount: &Mount| match (mount.kind, mount.source) {
        (MountKind::Bind, Some(source)) => Some(PathBuf::from(source)),
        (MountKind::Named, Some(key)) => Volume::of(project, key).bind().map(PathBuf::from),
        _ => None,
    };
    let mounts = service.mounts().into_iter();
    mounts
        .filter_map(|mount| Some((source(&mount)?, mount)))
        .collect()
}

/// The one user of all who write a path.
fn agreed(path: &Path, users: &[(String, Ids)], others: &[String]) -> Result<Ids, Diagnostic> {
    let said = |text: String| {
        let error = Diagnostic::error(format!("giving {}: {text}", path.display()));
        Err(error.help("say whom it is given to: `--to UID:GID`"))
    };
    let Some((first, ids)) = users.first() else {
        return match others {
            [] => said("no service mounts it to write there".to_owned()),
            others => said(format!(
                "{} runs as nobody that the plan chooses",
                others.join(", ")
            )),
        };
    };
    match users.iter().find(|(_, other)| other != ids) {
        Some((other, theirs)) => said(format!("{first} runs as {ids}, and {other} as {theirs}")),
        None => Ok(*ids),
    }
}

fn without_user(name: &str) -> Diagnostic {
    let text = format!("giving the directories of {name}: it runs as nobody that the plan chooses");
    let help = format!("`nrcompose explain {name}` says why; or say whom they are given to: `--to UID:GID`");
    Diagnostic::error(text).help(help)
}
