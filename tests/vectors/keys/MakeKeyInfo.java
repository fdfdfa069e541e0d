import java.io.FileOutputStream;
import java.io.OutputStream;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.List;
import javax.xml.crypto.dom.DOMStructure;
import javax.xml.crypto.dsig.keyinfo.KeyInfoFactory;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

public class MakeKeyInfo {
  public static void main(String[] arguments) throws Exception {
    for (String[] kind : new String[][] {{"EC", "256"}, {"RSA", "2048"}, {"DSA", "2048"}}) {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(kind[0]);
      generator.initialize(Integer.parseInt(kind[1]));
      PublicKey key = generator.generateKeyPair().getPublic();
      KeyInfoFactory factory = KeyInfoFactory.getInstance("DOM");
      Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().newDocument();
      Element root = document.createElement("licence");
      document.appendChild(root);
      factory.newKeyInfo(List.of(factory.newKeyValue(key))).marshal(new DOMStructure(root), null);
      String name = "java-" + kind[0].toLowerCase();
      try (OutputStream xml = new FileOutputStream(name + ".xml")) {
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(xml));
      }
      try (OutputStream der = new FileOutputStream(name + ".der")) {
        der.write(key.getEncoded());
      }
    }
  }
}
