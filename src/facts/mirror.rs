//! Names under which mirrors serve images of Docker Hub: a proxy of Harbor, Artifactory, Nexus, ECR or GitLab, a registry
//! on this machine.

/// Registries that are nobody's mirror: what stands there is whose path it is.
const OWN: [&str; 12] = [
    "cgr.dev",
    "codeberg.org",
    "docker.elastic.co",
    "gcr.io",
    "ghcr.io",
    "lscr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "registry.gitlab.com",
    "registry.k8s.io",
];

/// Words of paths in front of which a mirror has a name of one word.
const PROXIES: [&str; 12] = [
    "cache",
    "containers",
    "docker",
    "docker-hub",
    "docker-proxy",
    "docker-remote",
    "docker.io",
    "dockerhub",
    "hub",
    "library",
    "mirror",
    "proxy",
];

/// The names that an image may have where a mirror has it from, the likeliest first; none for a registry that is known to
/// be none.
pub(crate) fn originals(name: &str) -> Vec<&str> {
    let Some((registry, path)) = name.split_once('/') else {
        return Vec::new();
    };
    let is_registry = registry == "localhost" || registry.contains(['.', ':']);
    if !is_registry || OWN.contains(&registry) {
        return Vec::new();
    }
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.len() - 1;
    let mut names = Vec::new();
    if last >= 1 {
        let two = path.len() - parts[last - 1].len() - 1 - parts[last].len();
        names.push(&path[two..]);
    }
    if last == 0 || PROXIES.contains(&parts[last - 1]) {
        names.push(parts[last]);
    }
    names
}

/// The name of an image that a mirror serves from Docker Hub, where a person says that everything below `mirror` is that.
pub(crate) fn behind<'n>(name: &'n str, mirror: &str) -> Option<&'n str> {
    let rest = name
        .strip_prefix(mirror.trim_end_matches('/'))?
        .strip_prefix('/')?;
    Some(rest.strip_prefix("library/").unwrap_or(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mirror_serves_has_the_end_of_its_name() {
        for (name, found) in [
            (
                "registry.example.com/library/nginx",
                &["library/nginx", "nginx"][..],
            ),
            (
                "harbor.example.com/hub-proxy/library/nginx",
                &["library/nginx", "nginx"],
            ),
            ("harbor.example.com/proxy/grafana/grafana", &["grafana/grafana"]),
            (
                "example.jfrog.io/docker-remote/redis",
                &["docker-remote/redis", "redis"],
            ),
            (
                "1.dkr.ecr.eu-west-1.amazonaws.com/docker-hub/library/httpd",
                &["library/httpd", "httpd"],
            ),
            (
                "gitlab.example.com/group/dependency_proxy/containers/postgres",
                &["containers/postgres", "postgres"],
            ),
            ("localhost:5000/nginx", &["nginx"]),
            ("registry.example.com/team/app", &["team/app"]),
            ("ghcr.io/team/nginx", &[]),
            ("team/nginx", &[]),
            ("nginx", &[]),
        ] {
            assert_eq!(originals(name), found, "{name}");
        }
        assert_eq!(
            behind("reg.example.com/hub/library/nginx", "reg.example.com/hub"),
            Some("nginx")
        );
        assert_eq!(behind("reg.example.com/hubs/nginx", "reg.example.com/hub"), None);
    }
}
