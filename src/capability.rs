//! The names of Linux capabilities, without `CAP_`, in the kernel's order.

/// The names; the index is the bit.
pub(crate) const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// The bits of these names, with or without `CAP_`, in any case. An unknown name has none.
pub(crate) fn mask<S: AsRef<str>>(names: &[S]) -> u64 {
    names
        .iter()
        .filter_map(|n| bit(n.as_ref()))
        .fold(0, |mask, bit| mask | 1 << bit)
}

/// The names of these bits; one that has no name yet is written as its number.
pub(crate) fn names(mask: u64) -> Vec<String> {
    (0..64)
        .filter(|bit| mask >> bit & 1 == 1)
        .map(|bit| {
            NAMES
                .get(bit)
                .map_or_else(|| bit.to_string(), |n| (*n).to_owned())
        })
        .collect()
}

/// A capability as the kernel names it: in capitals, without `CAP_`.
pub(crate) fn plain(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

fn bit(name: &str) -> Option<usize> {
    let name = name.trim().to_ascii_uppercase();
    let name = name.strip_prefix("CAP_").unwrap_or(&name);
    NAMES.iter().position(|n| *n == name)
}

/// The effective capabilities that a `security.capability` attribute gives, as a mask, and whether the
/// file's effective bit is set, without which it may also be run when they are out of reach.
pub(crate) fn of_file(attribute: &[u8]) -> Option<(u64, bool)> {
    let word = |at: usize| -> Option<u64> {
        let bytes = attribute.get(at..at + 4)?;
        Some(u64::from(u32::from_le_bytes(bytes.try_into().ok()?)))
    };
    let magic = word(0)?;
    let low = word(4)?;
    // Revision 1 has one 32-bit pair, 2 and 3 have two.
    let high = if magic >> 24 == 1 { 0 } else { word(12)? };
    Some((high << 32 | low, magic & 1 == 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bits_agree() {
        assert_eq!(mask(&["CAP_NET_BIND_SERVICE", "chown"]), 0x401);
        assert_eq!(names(0x8000_0000_0401), ["CHOWN", "NET_BIND_SERVICE", "47"]);
        assert_eq!(mask(&NAMES), 0x1ff_ffff_ffff);
    }

    #[test]
    fn the_attribute_of_a_file_is_read() {
        // As written by `setcap cap_net_bind_service=+ep`.
        let attribute = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(of_file(&attribute), Some((0x400, true)));
        assert_eq!(of_file(&[1, 0]), None);
    }
}
