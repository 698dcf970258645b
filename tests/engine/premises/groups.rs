//! A supplementary group opens what belongs to it: by number, and only to who has it.

use crate::container::{Container, Volume, once};

const SERVER: &str = "
import os, socket
s = socket.socket(socket.AF_UNIX)
s.bind('/v/socket')
os.chown('/v/socket', 0, 7777)
os.chmod('/v/socket', 0o660)
s.listen()
print('ready', flush=True)
while True:
    s.accept()[0].sendall(b'hello')
";
const CLIENT: &str = "
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('/v/socket')
print(s.recv(9).decode())
";

#[test]
fn group_added_by_number_opens_a_socket_of_that_group() {
    let volume = Volume::new();
    let mount = volume.at("/v");
    let server = Container::start(&["--init", "-v", &mount], "python", &["python3", "-c", SERVER]);
    server.wait_for_log("ready");
    let client = |more: &[&str]| {
        let options = [&["--user", "1000:1000", "--cap-drop", "ALL", "-v", &mount], more].concat();
        once(&options, "python", &["python3", "-c", CLIENT])
    };
    assert_eq!(client(&["--group-add", "7777"]).ok(), "hello");
    assert!(client(&[]).failed().contains("PermissionError"));
    assert!(
        client(&["--group-add", "7778"])
            .failed()
            .contains("PermissionError")
    );
}
