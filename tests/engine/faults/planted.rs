//! The containers of a fault and of its twin, as services of one Compose project.

use super::table::{Fault, Plant};
use super::*;
use crate::container::once;
use crate::run::unique;

/// Running containers, by service; gone when this is.
pub(super) struct Planted {
    project: String,
    pub containers: BTreeMap<String, String>,
    claims: BTreeMap<String, Vec<Claim>>,
    volumes: Vec<String>,
    pub way: Option<Way>,
}

impl Planted {
    pub(super) fn all(faults: &[Fault]) -> Planted {
        let mut planted = Planted {
            project: unique("faults"),
            containers: BTreeMap::new(),
            claims: BTreeMap::new(),
            volumes: Vec::new(),
            way: None,
        };
        pause_image();
        for fault in faults {
            planted.start(fault, fault.name.to_owned(), &fault.with);
            planted.start(fault, format!("{}-twin", fault.name), &fault.twin);
        }
        // What starts as root and drops, and healthchecks, need a moment.
        std::thread::sleep(Duration::from_secs(3));
        planted
    }

    pub(super) fn some(faults: &[Fault], names: &[&str]) -> Planted {
        let some: Vec<Fault> = faults
            .iter()
            .filter(|f| names.contains(&f.name))
            .cloned()
            .collect();
        Planted::all(&some)
    }

    /// `VOLUME` in the options stands for a volume of its own, `OWNED` for one that belongs to 1000.
    fn start(&mut self, fault: &Fault, service: String, plant: &Plant) {
        let name = format!("{}-{service}", self.project);
        let mut options = plant.options.replace("SOCKET_GID", &socket_gid());
        for kind in ["VOLUME", "OWNED"] {
            if options.contains(kind) {
                options = options.replace(kind, &name);
                let mount = format!("{name}:/v");
                let owner = if kind == "OWNED" { "1000:1000" } else { "0:0" };
                once(&["-v", &mount], "base", &["chown", owner, "/v"]).ok();
                self.volumes.push(name.clone());
            }
        }
        let labels = [
            format!("com.docker.compose.project={}", self.project),
            format!("com.docker.compose.service={service}"),
        ];
        let mut args = vec!["run", "-d", "--label", "nrcompose-test=1", "--name", &name];
        for label in &labels {
            args.extend(["--label", label]);
        }
        args.extend(options.split_whitespace());
        let image = format!("nrcompose-test/{}", plant.image);
        args.push(&image);
        args.extend(&plant.command);
        docker(&args).ok();
        let claims = baseline_claims::without_plan()
            .into_iter()
            .chain(fault.judged.clone())
            .collect();
        self.claims.insert(service.clone(), claims);
        self.containers.insert(service, name);
    }

    /// A container that is no fault and has no twin.
    pub(super) fn family(&mut self, service: &str, plant: &Plant) {
        let none = Fault::none();
        self.start(&none, service.to_owned(), plant);
    }

    pub(super) fn verify(&self, window: Duration) -> Report {
        let cache = Cache { directory: None };
        let request = VerifyRequest {
            window: Some(window),
            way: self.way,
            ..VerifyRequest::of(&self.project, &self.claims, &cache)
        };
        run(&Docker::find().unwrap(), &request).unwrap()
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        let names: Vec<&str> = self.containers.values().map(String::as_str).collect();
        output(bounded(300, "docker").args(["rm", "-fv"]).args(&names));
        output(
            bounded(60, "docker")
                .args(["volume", "rm", "-f"])
                .args(&self.volumes),
        );
    }
}

fn socket_gid() -> String {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/var/run/docker.sock")
        .unwrap()
        .gid()
        .to_string()
}

/// An image of one program that waits, written out by hand: no shell, no library, no /etc/passwd.
fn pause_image() {
    const CODE: [u8; 9] = [0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7]; // pause(), again and again
    let mut elf = vec![0_u8; 120];
    elf[..16].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut put = |at: usize, bytes: &[u8]| elf[at..at + bytes.len()].copy_from_slice(bytes);
    put(16, &[2, 0, 62, 0, 1, 0, 0, 0]);
    put(24, &0x40_0078_u64.to_le_bytes());
    put(32, &64_u64.to_le_bytes());
    put(52, &[64, 0, 56, 0, 1, 0]);
    put(64, &[1, 0, 0, 0, 5, 0, 0, 0]);
    put(80, &0x40_0000_u64.to_le_bytes());
    put(88, &0x40_0000_u64.to_le_bytes());
    put(96, &129_u64.to_le_bytes());
    put(104, &129_u64.to_le_bytes());
    put(112, &4096_u64.to_le_bytes());
    elf.extend(CODE);
    let directory = std::env::temp_dir().join(unique("pause"));
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("pause"), elf).unwrap();
    let script =
        "chmod 755 pause && tar -c pause | docker import -c 'LABEL nrcompose-test=1' - nrcompose-test/pause";
    output(bounded(60, "sh").args(["-c", script]).current_dir(&directory)).ok();
    std::fs::remove_dir_all(directory).unwrap();
}
