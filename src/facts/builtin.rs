//! The profiles that are part of nrcompose, as the build script put them here.

use super::image_ref::matches;
use super::merge::Fragment;

include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// The name of the profile of an image, by its canonical name: the exact one, else the longest pattern.
pub fn name_for(image: &str) -> Option<&'static str> {
    if let Ok(i) = IMAGES.binary_search_by(|(name, _)| (*name).cmp(image)) {
        return Some(IMAGES[i].1);
    }
    IMAGES
        .iter()
        .filter(|(pattern, _)| pattern.contains('*') && matches(pattern, image))
        .max_by_key(|(pattern, _)| pattern.len())
        .map(|(_, name)| *name)
}

/// What a profile's file says, without its base. Only this one is parsed.
pub fn part(name: &str) -> Option<Fragment> {
    let i = PROFILES.binary_search_by(|(n, _)| (*n).cmp(name)).ok()?;
    serde_json::from_str(PROFILES[i].1).ok()
}

/// A profile's whole content. The build script made sure that every chain ends.
pub fn resolve(name: &str) -> Option<Fragment> {
    let part = part(name)?;
    match part.get("extends").and_then(|v| v.as_str()) {
        Some(base) => Some(super::merge::extend(resolve(base)?, &part)),
        None if super::library::has_defaults(name) => {
            Some(super::merge::extend(self::part("defaults")?, &part))
        }
        None => Some(part),
    }
}

/// What is known of a program by the name under which it is started, whatever the image.
pub(crate) fn program(name: &str) -> Option<Fragment> {
    resolve(program_profile(name)?)
}

/// Whether a profile describes a program, without reading it.
pub(crate) fn is_program(name: &str) -> bool {
    program_profile(name).is_some()
}

fn program_profile(name: &str) -> Option<&'static str> {
    let at = PROGRAMS.binary_search_by(|(n, _)| (*n).cmp(name)).ok()?;
    Some(PROGRAMS[at].1)
}

/// Whether a profile says that its image looks its own uid up; the build script asked them all.
pub fn looks_itself_up(name: &str) -> bool {
    LOOK_THEMSELVES_UP.binary_search(&name).is_ok()
}

/// What stands for the files that conditions ask for: where it is another, others were asked for.
pub(crate) fn asked_key() -> &'static str {
    ASKED_KEY
}

/// Whether a condition of a profile asks for a file or directory of the image.
pub(crate) fn is_asked_for(path: &str) -> bool {
    ASKED_FILES.binary_search(&path).is_ok()
}

/// The names of all profiles, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(name, _)| *name)
}

/// Every image name or pattern that has a profile, and its name, sorted by image.
pub fn images() -> impl Iterator<Item = (&'static str, &'static str)> {
    IMAGES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_resolves_into_its_type() {
        for name in names() {
            let part = resolve(name).expect(name);
            crate::facts::library::typed(&part).expect(name);
        }
    }

    #[test]
    fn the_generic_profile_knows_nothing() {
        let part = resolve("generic").expect("generic");
        let profile = crate::facts::library::typed(&part).expect("a profile");
        assert!(profile.images.is_empty() && profile.user.is_none() && profile.writable.is_empty());
    }
}
