// A TLS server of the JDK (SSLServerSocket), as a peer for tests: java Peer.java KEYSTORE.p12 PASSWORD [PROTOCOL...].
// Prints its port, serves until standard input ends.

import java.io.FileInputStream;
import java.net.InetAddress;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

public class Peer {
    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[1].toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(arguments[0])) {
            store.load(file, password);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        SSLServerSocket server = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        if (arguments.length > 2) {
            server.setEnabledProtocols(java.util.Arrays.copyOfRange(arguments, 2, arguments.length));
        }
        System.out.println(server.getLocalPort());
        Thread watcher = new Thread(() -> {
            try {
                while (System.in.read() >= 0) { }
            } catch (java.io.IOException ended) {
                // The end of standard input is the end of us, however it comes.
            }
            System.exit(0);
        });
        watcher.setDaemon(true);
        watcher.start();
        while (true) {
            SSLSocket socket = (SSLSocket) server.accept();
            Thread one = new Thread(() -> {
                try (socket) {
                    socket.setSoTimeout(30000);
                    if (socket.getInputStream().read() >= 0) {
                        socket.getOutputStream().write("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes("US-ASCII"));
                    }
                } catch (java.io.IOException gone) {
                    // A client that breaks off is none of our business.
                }
            });
            one.setDaemon(true);
            one.start();
        }
    }
}
