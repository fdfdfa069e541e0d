using System.IO;
using System.Security.Cryptography;

class MakeKeys {
    static void Main() {
        var rsa = new RSACryptoServiceProvider(2048);
        var dsa = new DSACryptoServiceProvider(1024);
        foreach (var isPrivate in new[] { true, false }) {
            var end = isPrivate ? "-private" : "-public";
            File.WriteAllText("rsa" + end + ".xml", rsa.ToXmlString(isPrivate));
            File.WriteAllBytes("rsa" + end + ".blob", rsa.ExportCspBlob(isPrivate));
            File.WriteAllText("dsa" + end + ".xml", dsa.ToXmlString(isPrivate));
            File.WriteAllBytes("dsa" + end + ".blob", dsa.ExportCspBlob(isPrivate));
        }
    }
}
