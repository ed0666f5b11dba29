//! The load balancer in front of the API processes.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use super::process::{Process, free_port};
use crate::Result;

/// Where it says what it thinks of the servers.
pub(crate) const STATISTICS: &str = "/haproxy-statistics";

/// A running HAProxy.
#[derive(Debug)]
pub(crate) struct HaProxy {
    pub(crate) address: SocketAddr,
    _process: Process,
}

impl HaProxy {
    /// Starts one in front of `servers`.
    pub(crate) fn start(parent: &Path, servers: &[SocketAddr]) -> Result<Self> {
        let folder = parent.join("haproxy");
        std::fs::create_dir(&folder)?;
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let file = folder.join("haproxy.cfg");
        std::fs::write(&file, configuration(address, servers)?)?;
        let mut command = Command::new("haproxy");
        command.arg("-db").arg("-f").arg(&file);
        let process = Process::start(command, &folder.join("log"))
            .map_err(|error| format!("{error}; install haproxy"))?;
        Ok(Self { address, _process: process })
    }
}

fn configuration(address: SocketAddr, servers: &[SocketAddr]) -> Result<String> {
    let mut text = format!(
        "defaults\n  mode http\n  timeout connect 2s\n  timeout client 60s\n  \
         timeout server 60s\n  timeout check 3s\n  retries 3\n  option redispatch 1\n\
         frontend public\n  bind {address}\n  option forwardfor\n  stats enable\n  \
         stats uri {STATISTICS}\n  default_backend api\n\
         backend api\n  balance leastconn\n  option httpchk GET /ready\n  \
         default-server check inter 500ms fall 2 rise 1\n"
    );
    for (number, server) in servers.iter().enumerate() {
        writeln!(text, "  server api{number} {server}")?;
    }
    Ok(text)
}
