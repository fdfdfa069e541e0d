import java.io.FileOutputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.RoleSyntax;
import org.bouncycastle.cert.AttributeCertificateHolder;
import org.bouncycastle.cert.AttributeCertificateIssuer;
import org.bouncycastle.cert.X509AttributeCertificateHolder;
import org.bouncycastle.cert.X509v2AttributeCertificateBuilder;
import org.bouncycastle.cms.CMSAbsentContent;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

public class MakeAttributeCertificates {
  public static void main(String[] arguments) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    for (String[] kind : new String[][] {{"EC", "SHA256withECDSA"}, {"ML-DSA-65", "ML-DSA-65"}}) {
      KeyPair pair = KeyPairGenerator.getInstance(kind[0], "BC").generateKeyPair();
      X509v2AttributeCertificateBuilder builder =
          new X509v2AttributeCertificateBuilder(
              new AttributeCertificateHolder(new X500Name("CN=CA"), BigInteger.valueOf(7)),
              new AttributeCertificateIssuer(new X500Name("CN=Attributes,O=Example")),
              BigInteger.ONE, new Date(1767225600000L), new Date(1798761600000L));
      builder.addAttribute(
          new ASN1ObjectIdentifier("2.5.4.72"),
          new RoleSyntax(new GeneralName(GeneralName.uniformResourceIdentifier, "urn:role:clerk")));
      X509AttributeCertificateHolder made =
          builder.build(new JcaContentSignerBuilder(kind[1]).setProvider("BC").build(pair.getPrivate()));
      String name = "attribute-" + kind[0].toLowerCase();
      try (OutputStream out = new FileOutputStream(name + ".der")) {
        out.write(made.getEncoded());
      }
      CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
      generator.addAttributeCertificate(made);
      try (OutputStream out = new FileOutputStream(name + ".p7b")) {
        out.write(generator.generate(new CMSAbsentContent()).toASN1Structure().getEncoded("DER"));
      }
    }
  }
}
