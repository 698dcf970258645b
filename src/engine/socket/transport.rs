//! What the HTTP library speaks through: a socket on this machine instead of a TCP connection.

use super::super::endpoint::{self, Endpoint};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};
use ureq::{Error, Timeout};

/// Connects to the socket, whatever a request's address says.
#[derive(Debug)]
pub(super) struct AtSocket(pub(super) Endpoint);

impl Connector for AtSocket {
    type Out = SocketConnection;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<SocketConnection>, Error> {
        let limit = details.timeout.not_zero().map(|limit| *limit);
        let socket = self.0.socket().ok_or(Error::ConnectionFailed)?;
        let deadline = Instant::now() + limit.unwrap_or(Duration::MAX / 4);
        let stream = endpoint::connect(socket, deadline).map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => Error::Timeout(Timeout::Connect),
            _ => Error::Io(error),
        })?;
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(SocketConnection { stream, buffers }))
    }
}

/// There are no names to be looked up.
#[derive(Debug)]
pub(super) struct NoNames;

impl Resolver for NoNames {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut one = self.empty();
        one.push(SocketAddr::from((Ipv4Addr::LOCALHOST, 80)));
        Ok(one)
    }
}

/// A connection.
pub(super) struct SocketConnection {
    stream: UnixStream,
    buffers: LazyBuffers,
}

impl std::fmt::Debug for SocketConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.stream.fmt(f)
    }
}

/// An end of time is told in two ways.
fn told(error: io::Error, limit: &NextTimeout) -> Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(limit.reason),
        _ => Error::Io(error),
    }
}

impl Transport for SocketConnection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, limit: NextTimeout) -> Result<(), Error> {
        let limit = limit.for_write();
        let output = &self.buffers.output()[..amount];
        let left = limit.not_zero().map(|left| *left);
        let written = self
            .stream
            .set_write_timeout(left)
            .and_then(|()| self.stream.write_all(output));
        written.map_err(|error| told(error, &limit))
    }

    fn await_input(&mut self, limit: NextTimeout) -> Result<bool, Error> {
        let limit = limit.for_read();
        let left = limit.not_zero().map(|left| *left);
        let input = self.buffers.input_append_buf();
        let stream = &mut self.stream;
        let mut read = || stream.set_read_timeout(left).and_then(|()| stream.read(input));
        let count = loop {
            match read() {
                // A signal that this process catches is no answer.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(|error| told(error, &limit))?,
            }
        };
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        // An engine that was started again has closed it; bytes that nobody asked for belong to no answer.
        let nothing = |stream: &mut UnixStream| {
            stream.set_nonblocking(true)?;
            let read = stream.read(&mut [0]);
            stream.set_nonblocking(false)?;
            Ok::<bool, io::Error>(read.is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock))
        };
        nothing(&mut self.stream).unwrap_or(false)
    }
}
