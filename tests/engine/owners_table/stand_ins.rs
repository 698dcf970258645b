//! Who is in the table: the stand-ins of `examples/six-services`, and twelve more, so that every kind of start script is
//! there. What each does with owners was read in the published script; of that only the place is here.

/// An image that keeps data, and how a client sees that it does.
pub(super) struct StandIn {
    pub name: &'static str,
    /// Below `nrcompose-test/`.
    pub image: &'static str,
    pub profile: &'static str,
    /// What its start does with owners, in a few words.
    pub does: &'static str,
    /// The script it stands for: repository, path, commit.
    pub script: &'static str,
    /// Where it keeps its data.
    pub paths: &'static [&'static str],
    /// More of the service.
    pub more: &'static [&'static str],
    /// An image with a client, where its own has none; it joins the service's network.
    pub client: Option<&'static str>,
    /// A script that keeps note `$1`, and fails unless all notes up to it are there.
    pub probe: &'static str,
    /// Seconds that it may take to answer: five at a time start on a small machine.
    pub within: u64,
}

impl StandIn {
    const fn of(name: &'static str, profile: &'static str, paths: &'static [&'static str]) -> Self {
        StandIn {
            name,
            image: name,
            profile,
            does: "",
            script: "",
            paths,
            more: &[],
            client: None,
            probe: "",
            within: 25,
        }
    }
}

/// Notes by PUT and GET of one page; a note that was kept twice counts once.
macro_rules! noted {
    ($method:literal, $port:literal) => {
        concat!(
            "curl -fsS -X ",
            $method,
            " --data-binary note-$1 http://127.0.0.1:",
            $port,
            "/ >/dev/null \
             && [ $(curl -fsS http://127.0.0.1:",
            $port,
            "/ | sort -u | grep -c note-) = $1 ]"
        )
    };
}

#[rustfmt::skip]
pub(super) const SIX: [StandIn; 6] = [
    StandIn {
        image: "nginx:1.27",
        does: "master as root makes its directories and gives them to nginx",
        script: "nginx/docker-nginx, stable/debian/Dockerfile: no re-owning of its own",
        probe: "curl -fsS http://127.0.0.1/ >/dev/null",
        ..StandIn::of("nginx", "nginx", &["/var/cache/nginx"])
    },
    StandIn {
        image: "php-app:8.2-apache",
        does: "nothing: its workers are www-data",
        script: "docker-library/php, 8.2/bookworm/apache/Dockerfile, 641cf9a226ba",
        client: Some("nginx"),
        probe: "printf 'note %s' $1 | curl -fsS -F \"file=@-;filename=note-$1\" http://127.0.0.1/ >/dev/null \
                && for n in $(seq $1); do [ \"$(curl -fsS \"http://127.0.0.1/?name=note-$n\")\" = \"note $n\" ] || exit 1; done",
        ..StandIn::of("php-app", "php", &["/var/www/html/uploads"])
    },
    StandIn {
        image: "postgres:16",
        does: "find ! -user, chmod 0700, gosu",
        script: "docker-library/postgres, docker-entrypoint.sh, 5171511ccc2a",
        more: &["environment: {POSTGRES_PASSWORD: x}"],
        probe: "export PGPASSWORD=x; [ $(psql -h 127.0.0.1 -U postgres -qAtc \"create table if not exists notes (n int primary key); \
                insert into notes values ($1) on conflict do nothing; select count(*) from notes\") = $1 ]",
        within: 50,
        ..StandIn::of("postgres", "postgres", &["/var/lib/postgresql/data"])
    },
    StandIn {
        image: "redis:7",
        does: "find ! -user, gosu",
        script: "redis/docker-library-redis, debian/docker-entrypoint.sh, 0d55be9aa67b",
        probe: "redis-cli sadd notes $1 >/dev/null && redis-cli save | grep -q OK && [ $(redis-cli scard notes) = $1 ]",
        ..StandIn::of("redis", "redis", &["/data"])
    },
    StandIn {
        image: "mariadb:11",
        does: "find ! -user, gosu",
        script: "MariaDB/mariadb-docker, docker-entrypoint.sh, 945c0f2bc9ba",
        more: &["environment: {MARIADB_ROOT_PASSWORD: x}"],
        probe: "[ $(mariadb -h127.0.0.1 -uroot -px -Ne \"create database if not exists t; create table if not exists t.notes (n int primary key); \
                insert ignore into t.notes values ($1); select count(*) from t.notes\") = $1 ]",
        within: 60,
        ..StandIn::of("mariadb", "mariadb", &["/var/lib/mysql"])
    },
    StandIn {
        does: "PUID: usermod, chown of the directory itself, s6-setuidgid",
        script: "linuxserver/docker-baseimage-alpine, root/etc/s6-overlay/s6-rc.d/init-adduser/run, 3d21020c647f",
        more: &["environment: {PUID: \"1000\", PGID: \"1000\"}"],
        client: Some("nginx"),
        probe: noted!("PUT", "8083"),
        ..StandIn::of("puid-app", "linuxserver-s6", &["/config"])
    },
];

#[rustfmt::skip]
pub(super) const TWELVE: [StandIn; 12] = [
    StandIn {
        image: "mosquitto:2",
        does: "chown -R, the broker steps down itself",
        script: "eclipse/mosquitto, docker/2.0/Dockerfile, c161b14f1707",
        more: &["command: [sh, -c, \"printf 'listener 1883\\\\nallow_anonymous true\\\\npersistence true\\\\npersistence_location /mosquitto/data/\\\\n\
                 log_dest file /mosquitto/log/mosquitto.log\\\\n' > /tmp/m.conf && exec mosquitto -c /tmp/m.conf\"]"],
        probe: "mosquitto_pub -r -q 1 -t note/$1 -m note-$1 || exit 1; file=/mosquitto/data/mosquitto.db; before=$(stat -c %y $file 2>/dev/null); \
                kill -USR1 1; sleep 1; [ \"$(stat -c %y $file)\" != \"$before\" ] \
                && [ $(mosquitto_sub -t 'note/+' -W 1 2>/dev/null | grep -c note-) = $1 ]",
        ..StandIn::of("mosquitto", "mosquitto", &["/mosquitto/data", "/mosquitto/log"])
    },
    StandIn {
        image: "rabbitmq:3",
        does: "find ! -user, gosu, a cookie for its owner alone",
        script: "docker-library/rabbitmq, docker-entrypoint.sh, 3ba4ec4db394",
        more: &["hostname: rabbit"],
        // Whoever asks before the server made its cookie makes one.
        probe: "[ -s /var/lib/rabbitmq/.erlang.cookie ] && bash -c 'exec 3<>/dev/tcp/127.0.0.1/5672' || exit 1; \
                rabbitmqctl -q add_vhost note-$1 >/dev/null 2>&1; [ $(rabbitmqctl -q list_vhosts | grep -c note-) = $1 ]",
        within: 120,
        ..StandIn::of("rabbitmq", "rabbitmq", &["/var/lib/rabbitmq"])
    },
    StandIn {
        image: "radicale:3",
        does: "chown -R, su-exec",
        script: "tomsquest/docker-radicale, docker-entrypoint.sh, 01215c14d90c",
        probe: "curl -fsS -u u:p -X MKCALENDAR http://127.0.0.1:5232/u/note-$1/ >/dev/null; \
                for n in $(seq $1); do curl -fsS -u u:p -X PROPFIND http://127.0.0.1:5232/u/note-$n/ >/dev/null || exit 1; done",
        ..StandIn::of("radicale", "radicale", &["/data"])
    },
    StandIn {
        image: "syncthing:1",
        does: "PUID: chown of the directory itself, chpst",
        script: "syncthing/syncthing, script/docker-entrypoint.sh, 13d3190fed17",
        probe: "key=$(sed -n 's#.*<apikey>\\(.*\\)</apikey>.*#\\1#p' /var/syncthing/config/config.xml); at=http://127.0.0.1:8384/rest/config/folders; \
                curl -fsS -H \"X-API-Key: $key\" -X PUT -d '{\"id\":\"note-'$1'\",\"path\":\"/var/syncthing/note-'$1'\"}' $at/note-$1 \
                && [ $(curl -fsS -H \"X-API-Key: $key\" $at | grep -c '\"id\": \"note-') = $1 ] && [ -d /var/syncthing/note-$1 ]",
        ..StandIn::of("syncthing", "syncthing", &["/var/syncthing"])
    },
    StandIn {
        image: "influxdb:1.8",
        does: "nothing: it is root",
        script: "influxdata/influxdata-docker, influxdb/1.8/entrypoint.sh, 1471e4310ed5",
        probe: "influx -execute \"create database note$1\" && [ $(influx -execute 'show databases' | grep -c '^note') = $1 ]",
        ..StandIn::of("influxdb", "influxdb", &["/var/lib/influxdb"])
    },
    StandIn {
        image: "registry:2",
        does: "nothing: it is root",
        script: "distribution/distribution-library-image, docker-entrypoint.sh, 578da7e03cc0",
        probe: "at=http://127.0.0.1:5000; digest() { printf note-$1 | sha256sum | cut -d ' ' -f 1; }; \
                place=$(curl -fsS -X POST -D - -o /dev/null $at/v2/n/blobs/uploads/ | sed -n 's/^[Ll]ocation: *//p' | tr -d '\\r'); \
                case $place in http*) ;; *) place=$at$place ;; esac; \
                printf note-$1 | curl -fsS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @- \"$place&digest=sha256:$(digest $1)\" || exit 1; \
                for n in $(seq $1); do curl -fsSI $at/v2/n/blobs/sha256:$(digest $n) >/dev/null || exit 1; done",
        ..StandIn::of("registry", "registry", &["/var/lib/registry"])
    },
    StandIn {
        image: "caddy:2",
        does: "nothing: it is root, with a file capability",
        script: "caddyserver/caddy-docker, 2.8/alpine/Dockerfile, efcb9dd09f5e",
        probe: "curl -fsS http://127.0.0.1/ >/dev/null \
                && curl -fsS -X POST -H 'Content-Type: application/json' -d '\"'$1's\"' http://127.0.0.1:2019/config/apps/http/grace_period \
                && sleep 1 && grep -q \"\\\"${1}s\\\"\" /config/caddy/autosave.json",
        ..StandIn::of("caddy", "caddy", &["/data", "/config"])
    },
    StandIn {
        image: "transmission:4",
        does: "PUID: usermod, chown of the directory and of one file, s6-setuidgid",
        script: "linuxserver/docker-transmission, root/etc/s6-overlay/s6-rc.d/init-transmission-config/run, 14caf40416d3",
        more: &["environment: {PUID: \"1000\", PGID: \"1000\"}"],
        probe: "at=http://127.0.0.1:9091/transmission/rpc; \
                session=$(curl -s $at | sed -n 's/.*\\(X-Transmission-Session-Id: [^<]*\\).*/\\1/p'); \
                curl -fsS -H \"$session\" -d '{\"method\":\"torrent-add\",\"arguments\":{\"filename\":\"magnet:?xt=urn:btih:'$(printf %040d $1)'\"}}' $at >/dev/null || exit 1; \
                [ $(ls /config/torrents | grep -c .) -ge $1 ]",
        ..StandIn::of("transmission", "linuxserver-transmission", &["/config", "/downloads"])
    },
    StandIn {
        does: "gives what it copies to www-data, leaves a lock file of root's",
        script: "nextcloud/docker, docker-entrypoint.sh, 23d099bc33d5",
        probe: noted!("POST", "80"),
        ..StandIn::of("nextcloud", "nextcloud", &["/var/www/html"])
    },
    StandIn {
        does: "find ! -user, gosu, a lock file for its owner alone",
        script: "docker-library/mongo, 7.0/docker-entrypoint.sh, d9efcb7f46c4",
        probe: noted!("PUT", "27017"),
        more: &["init: true"],
        ..StandIn::of("mongo", "mongo", &["/data/db", "/data/configdb"])
    },
    StandIn {
        does: "nothing: it is 472 from the start",
        script: "grafana/grafana, packaging/docker/run.sh, 07754534fbaf",
        probe: noted!("PUT", "3000"),
        more: &["init: true"],
        ..StandIn::of("grafana", "grafana", &["/var/lib/grafana"])
    },
    StandIn {
        does: "nothing: it is root",
        script: "dani-garcia/vaultwarden, docker/start.sh, 1401f9b0799c",
        probe: noted!("PUT", "80"),
        more: &["init: true"],
        ..StandIn::of("vaultwarden", "vaultwarden", &["/data"])
    },
];
