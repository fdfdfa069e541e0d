import java.io.*; import java.math.BigInteger; import java.security.*; import java.security.cert.*; import java.util.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
public class MakeStores {
  public static void main(String[] a) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    KeyStore p12 = KeyStore.getInstance("PKCS12"); p12.load(new FileInputStream("k.p12"), "changeit".toCharArray());
    PrivateKey key = (PrivateKey) p12.getKey("a", "changeit".toCharArray()); java.security.cert.Certificate[] chain = p12.getCertificateChain("a");
    for (String kind : new String[]{"BKS","BKS-V1","UBER","BCFKS"}) {
      try {
      KeyStore s = KeyStore.getInstance(kind, "BC"); s.load(null, "changeit".toCharArray());
      s.setKeyEntry("key", key, "changeit".toCharArray(), chain);
      s.setCertificateEntry("trusted", chain[0]);
      try (OutputStream o = new FileOutputStream(kind.toLowerCase() + ".store")) { s.store(o, "changeit".toCharArray()); }
      } catch (Exception e) { System.err.println(kind + ": " + e); }
    }
  }
}
