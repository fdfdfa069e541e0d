// A TLS server of rustls with aws-lc-rs, as a peer for tests.
//
//	peer -cert chain.pem,key.pem [flags]   prints its port, serves until standard input ends
//
// -cert CHAIN,KEY          may be repeated: the first whose key can sign by a scheme that the client lists
// -groups LIST             numbers; without it rustls's defaults. Which of them, its client's order decides
// -min, -max NUMBER        versions, 0x0303 and 0x0304
// -alpn LIST               application protocols
// -client-certificate      asks for one and goes on without it

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use std::{env, io, process, thread};

use rustls::crypto::aws_lc_rs::{default_provider, ALL_KX_GROUPS};
use rustls::pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{
    version, RootCertStore, ServerConfig, ServerConnection, Stream, SupportedProtocolVersion,
};

const PATIENCE: Duration = Duration::from_secs(30);
const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Several keys. It goes by the client's schemes alone, as resolvers of rustls can: suites are chosen afterwards, for the key.
#[derive(Debug)]
struct ByScheme(Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for ByScheme {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes();
        self.0
            .iter()
            .find(|each| each.key.choose_scheme(schemes).is_some())
            .cloned()
    }
}

fn fail(why: impl std::fmt::Display) -> ! {
    eprintln!("{why}");
    process::exit(1)
}

fn number(text: &str) -> u16 {
    u16::from_str_radix(text.trim_start_matches("0x"), 16)
        .unwrap_or_else(|_| fail(format!("no number: {text}")))
}

fn configure(mut arguments: impl Iterator<Item = String>) -> ServerConfig {
    let mut provider = default_provider();
    let (mut identities, mut protocols, mut least, mut most, mut asks) =
        (Vec::new(), Vec::new(), 0x0303, 0x0304, false);
    while let Some(option) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .unwrap_or_else(|| fail(format!("{option} wants a value")))
        };
        match option.as_str() {
            "-cert" => {
                let pair = value();
                let (chain, key) = pair
                    .split_once(',')
                    .unwrap_or_else(|| fail("want CHAIN,KEY"));
                let chain: Vec<_> = CertificateDer::pem_file_iter(chain)
                    .and_then(Iterator::collect)
                    .unwrap_or_else(|error| fail(error));
                let key = PrivateKeyDer::from_pem_file(key).unwrap_or_else(|error| fail(error));
                identities.push((chain, key));
            }
            "-groups" => {
                let named = |text: &str| {
                    let found = ALL_KX_GROUPS
                        .iter()
                        .find(|group| u16::from(group.name()) == number(text));
                    *found.unwrap_or_else(|| fail(format!("rustls has no group {text}")))
                };
                provider.kx_groups = value().split(',').map(named).collect();
            }
            "-min" => least = number(&value()),
            "-max" => most = number(&value()),
            "-alpn" => {
                protocols = value()
                    .split(',')
                    .map(|each| each.as_bytes().to_vec())
                    .collect()
            }
            "-client-certificate" => asks = true,
            _ => fail(format!("no such option: {option}")),
        }
    }
    if identities.is_empty() {
        fail("want -cert")
    }
    let versions: Vec<&'static SupportedProtocolVersion> = [&version::TLS13, &version::TLS12]
        .into_iter()
        .filter(|each| (least..=most).contains(&u16::from(each.version)))
        .collect();
    let provider = Arc::new(provider);
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&versions)
        .unwrap_or_else(|error| fail(error));
    let builder = if asks {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(identities[0].0.last().cloned()); // A verifier is not made without any.
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(
            verifier
                .allow_unauthenticated()
                .build()
                .unwrap_or_else(|error| fail(error)),
        )
    } else {
        builder.with_no_client_auth()
    };
    let mut config = if identities.len() == 1 {
        let (chain, key) = identities.remove(0);
        builder
            .with_single_cert(chain, key)
            .unwrap_or_else(|error| fail(error))
    } else {
        let made = |(chain, key)| {
            let key = default_provider()
                .key_provider
                .load_private_key(key)
                .unwrap_or_else(|error| fail(error));
            Arc::new(CertifiedKey::new(chain, key))
        };
        builder.with_cert_resolver(Arc::new(ByScheme(
            identities.into_iter().map(made).collect(),
        )))
    };
    config.alpn_protocols = protocols;
    config
}

/// One line is answered, then the connection is closed in order. After an error it is only closed: rustls has sent what alert it had.
fn converse(config: Arc<ServerConfig>, mut socket: TcpStream) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut tls = Stream::new(&mut connection, &mut socket);
    if let Ok(line) = asked(&mut tls) {
        if line {
            tls.write_all(ANSWER)?;
        }
        tls.conn.send_close_notify();
        while tls.conn.wants_write() {
            tls.conn.write_tls(tls.sock)?;
        }
    }
    // What the client sends meanwhile is read, lest a reset overtake what was sent last.
    socket.shutdown(Shutdown::Write)?;
    io::copy(&mut socket, &mut io::sink())?;
    Ok(())
}

/// Whether a line came before the client closed.
fn asked(tls: &mut Stream<'_, ServerConnection, TcpStream>) -> io::Result<bool> {
    let mut byte = [0];
    while tls.read(&mut byte)? == 1 {
        if byte[0] == b'\n' {
            return Ok(true);
        }
    }
    Ok(false)
}

fn main() {
    let config = Arc::new(configure(env::args().skip(1)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| fail(error));
    println!(
        "{}",
        listener
            .local_addr()
            .unwrap_or_else(|error| fail(error))
            .port()
    );
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        process::exit(0)
    });
    for socket in listener.incoming().flatten() {
        let config = config.clone();
        thread::spawn(move || converse(config, socket)); // How a connection ends is its client's affair.
    }
}
