//! `security_opt`, `cap_drop` and `cap_add`.

use crate::lower::Edit;
use crate::model::Service;

const NO_NEW_PRIVILEGES: &str = "no-new-privileges:true";

/// `no-new-privileges:true`, and nothing that says otherwise.
pub(super) fn no_new_privileges(service: Service) -> Vec<Edit> {
    let said = service.no_new_privileges();
    let mut is_on = !said.on.is_empty();
    let mut edits = Vec::new();
    // The last one counts, so none that says otherwise may stay.
    for index in said.off {
        let place = service.path_of("security_opt").join(index);
        edits.push(match is_on {
            true => Edit::remove(place),
            false => Edit::set(place, NO_NEW_PRIVILEGES),
        });
        is_on = true;
    }
    if !is_on {
        edits.push(Edit::add(service, "security_opt", NO_NEW_PRIVILEGES));
    }
    edits
}

/// `cap_drop: [ALL]` and exactly what must be given back.
pub(super) fn capabilities(service: Service, keep: &[String]) -> Vec<Edit> {
    let added = service.capabilities("cap_add");
    let mut edits = Vec::new();
    if !service.capabilities("cap_drop").iter().any(|c| c == "ALL") {
        edits.push(Edit::add(service, "cap_drop", "ALL"));
    }
    let lacking = keep.iter().filter(|c| !added.contains(c));
    edits.extend(lacking.map(|c| Edit::add(service, "cap_add", c.as_str())));
    let surplus = (0..added.len()).filter(|i| !keep.contains(&added[*i]));
    edits.extend(
        surplus
            .rev()
            .map(|i| Edit::remove(service.path_of("cap_add").join(i))),
    );
    edits
}
