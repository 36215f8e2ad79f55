using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Nico.Host.Authentication;

namespace Nico.Host.Development;

/// <summary>
/// Signs tokens for any org, with a key of its own in the data folder. It exists with the embedded database only, and is
/// reached through the command line alone: who can read the key can be anyone.
/// </summary>
internal sealed class DevelopmentIssuer
{
    /// <summary>The <c>iss</c> of its tokens.</summary>
    public const string Uri = "nico-development";

    private readonly ECDsaSecurityKey _key;

    private DevelopmentIssuer(ECDsa key)
    {
        _key = new ECDsaSecurityKey(key);
        _key.KeyId = Base64UrlEncoder.Encode(_key.ComputeJwkThumbprint());
    }

    /// <summary>The issuer with the key in <paramref name="file"/>, which is made when it does not exist.</summary>
    public static DevelopmentIssuer Open(string file)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (!File.Exists(file))
        {
            // Two commands may do this at once: the first file that has the name wins.
            var draft = $"{file}.{Environment.ProcessId}";
            using (var stream = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                stream.Write(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
                stream.Flush(flushToDisk: true);
            }

            try
            {
                File.Move(draft, file, overwrite: false);
            }
            catch (IOException)
            {
                File.Delete(draft);
            }
        }

        Guarded.Require(file);
        key.ImportFromPem(File.ReadAllText(file));
        return new DevelopmentIssuer(key);
    }

    /// <summary>What the service trusts.</summary>
    public Issuer ToIssuer()
    {
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(Public()) { KeyId = _key.KeyId });
        key.Alg = SecurityAlgorithms.EcdsaSha256;
        key.Use = "sig";
        return new Issuer("development", Uri, IssuerOrigin.Development, [], [], true, [], new FixedKeys([key]));
    }

    /// <summary>A token for <paramref name="subject"/> in <paramref name="org"/>.</summary>
    public string Sign(string org, IEnumerable<string> roles, string subject, bool serviceAccount, TimeSpan lifetime, DateTimeOffset now)
    {
        var claims = new Dictionary<string, object>
        {
            ["sub"] = subject,
            ["org"] = org,
            ["roles"] = roles.ToArray(),
            ["name"] = subject,
        };
        if (serviceAccount)
        {
            claims["service_account"] = true;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Uri,
            Claims = claims,
            IssuedAt = now.UtcDateTime,
            Expires = (now + lifetime).UtcDateTime,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.EcdsaSha256),
        });
    }

    private ECDsa Public() => ECDsa.Create(_key.ECDsa.ExportParameters(includePrivateParameters: false));
}
