using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;

namespace Nico.SiteLink.Connections;

/// <summary>What TLS to a controller is made with, as it was read from files or came with a pairing.</summary>
/// <param name="Client">The certificate that is shown to the controller; null without mutual TLS.</param>
/// <param name="Trusted">Whom the controller's certificate must come from; null for the system's own authorities.</param>
internal sealed record TlsMaterial(SslStreamCertificateContext? Client, X509ChainPolicy? Trusted)
{
    /// <summary>Reads it. Throws when something of it cannot be used.</summary>
    public static TlsMaterial Of(SiteAddress address)
    {
        var (certificate, key) = address.Credentials is { } given
            ? (given.ClientCertificate, given.ClientKey)
            : (Text(address.ClientCertificate), Text(address.ClientKey));
        SslStreamCertificateContext? client = null;
        if (certificate is not null && key is not null)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(certificate);
            client = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(certificate, key), [.. chain.Skip(1)], offline: true);
        }

        if ((address.Credentials is { } pem ? pem.Authority : Text(address.Authority)) is not { } authority)
        {
            return new TlsMaterial(client, null);
        }

        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trusted.CustomTrustStore.ImportFromPem(authority);
        return trusted.CustomTrustStore.Count > 0
            ? new TlsMaterial(client, trusted)
            : throw new CryptographicException($"There is no certificate in {address.Authority ?? "what the pairing brought"}");
    }

    private static string? Text(string? file) => file is null ? null : File.ReadAllText(file);
}

/// <summary>
/// The handshakes of one channel: what a controller's certificate must be like, who it is for, and in words why a handshake failed.
/// </summary>
/// <param name="material">What TLS is made with.</param>
/// <param name="allowWeak">True to accept short keys and signatures that can be forged.</param>
/// <param name="expected">The subject that the certificate must have; null for any.</param>
internal sealed class ControllerTls(TlsMaterial material, bool allowWeak, Func<string?> expected)
{
    private const int LongestSubject = 500;
    private const int ShortestRsa = 2048;
    private const int ShortestEc = 224;

    /// <summary>Signatures with MD2, MD5 or SHA-1.</summary>
    private static readonly HashSet<string> _forgeable =
    [
        "1.2.840.113549.1.1.2", "1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.2.840.10045.4.1", "1.2.840.10040.4.3",
    ];

    private string? _refusal;
    private bool _isAsked;

    /// <summary>Whom the certificate that was accepted last is for.</summary>
    public string? Subject { get; private set; }

    /// <summary>What a handshake is made with.</summary>
    public SslClientAuthenticationOptions Options => new()
    {
        ClientCertificateContext = material.Client,
        CertificateChainPolicy = material.Trusted,
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Accepts(certificate as X509Certificate2, chain, errors),
        LocalCertificateSelectionCallback = material.Client is not null ? null : (_, _, _, remote, _) =>
        {
            // Called with the controller's certificate when it asks for ours.
            _isAsked |= remote is not null;
            return null!;
        },
    };

    /// <summary>Why there is no connection, where TLS is the reason; null where it is not.</summary>
    public string? Reason(RpcException e)
    {
        if (_refusal is not null)
        {
            return _refusal;
        }

        if (e.Status.DebugException is not { } cause)
        {
            return null;
        }

        var text = cause.ToString();
        var isAlert = text.Contains(" alert ", StringComparison.OrdinalIgnoreCase)
            && new[] { "certificate", "unknown ca", "access denied", "handshake failure" }.Any(word => text.Contains("alert " + word, StringComparison.OrdinalIgnoreCase));
        if (material.Client is not { TargetCertificate: var shown })
        {
            return isAlert || _isAsked ? "The controller asks for a client certificate, and there is none for this site" : null;
        }

        return isAlert ? $"The controller does not accept the client certificate ({SubjectOf(shown)})"
            : Subject is not null ? $"The controller ended the connection without an answer: it may not accept the client certificate ({SubjectOf(shown)})"
            : null;
    }

    /// <summary>Why a certificate of this chain can be forged; null when it cannot.</summary>
    public static string? Weakness(IEnumerable<X509Certificate2> chain) => chain.Select(Weakness).FirstOrDefault(weakness => weakness is not null);

    /// <summary>Whom a certificate is for, in a bearable length.</summary>
    public static string SubjectOf(X509Certificate2 certificate)
    {
        var text = certificate.Subject.Length > 0
            ? certificate.Subject
            : string.Join(", ", certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .Select(names => Convert.ToHexStringLower(SHA256.HashData(names.RawData)) is var hash && names.EnumerateDnsNames().ToArray() is { Length: > 0 } hosts
                    ? string.Join(", ", hosts)
                    : "names " + hash));
        return text.Length <= LongestSubject && SiteText.IsClean(text)
            ? text
            : SiteText.Of(text, LongestSubject - 70) + " " + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    private bool Accepts(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        (_refusal, Subject) = (null, null);
        var subject = certificate is null ? "" : SubjectOf(certificate);
        _refusal = certificate is null ? "The controller shows no certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? $"The controller's certificate ({subject}) is not trusted: {SiteText.Of(string.Join(", ", chain?.ChainStatus.Select(status => status.Status) ?? []))}"
            : errors != SslPolicyErrors.None ? $"The controller's certificate ({subject}) is for another host name"
            : !allowWeak && Weakness(chain?.ChainElements.Select(element => element.Certificate) ?? [certificate]) is { } weakness
                ? $"The controller's certificate ({subject}) is too weak: {weakness}"
            : expected() is { } other && other != subject ? $"Another controller answers: {subject} in the place of {other}"
            : null;
        if (_refusal is null)
        {
            Subject = subject;
        }

        return _refusal is null;
    }

    private static string? Weakness(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        using var ec = certificate.GetECDsaPublicKey();
        using var dsa = certificate.GetDSAPublicKey();
        var name = SubjectOf(certificate);
        if (rsa?.KeySize < ShortestRsa || ec?.KeySize < ShortestEc || dsa is not null)
        {
            return $"the key of {name} has {(rsa ?? (AsymmetricAlgorithm?)ec ?? dsa)!.KeySize} bits";
        }

        // What an authority says of itself is trusted for being configured, not for its signature.
        var isOwn = certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
        return !isOwn && _forgeable.Contains(certificate.SignatureAlgorithm.Value ?? "")
            ? $"the signature of {name} is {certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value}"
            : null;
    }
}
