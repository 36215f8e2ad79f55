namespace Nico.SiteLink;

/// <summary>Where a site's controller is and how it is reached.</summary>
/// <param name="Core">Address of the gRPC service <c>forge.Forge</c>: <c>https</c>, or <c>http</c> on loopback for the simulator.</param>
/// <param name="ClientCertificate">PEM file of the client certificate; null without mutual TLS.</param>
/// <param name="ClientKey">PEM file of its key.</param>
/// <param name="Authority">PEM file of the CA that signed the controller's certificate; null for the system's own.</param>
public sealed record SiteAddress(Uri Core, string? ClientCertificate = null, string? ClientKey = null, string? Authority = null)
{
    /// <summary>What came with a pairing, instead of files; kept in the database, the key sealed.</summary>
    public SiteCredentials? Credentials { get; init; }
}

/// <summary>Credentials as PEM.</summary>
/// <param name="ClientCertificate">The certificate chain that is shown to the controller; null without mutual TLS.</param>
/// <param name="ClientKey">Its private key.</param>
/// <param name="Authority">The CA that signed the controller's certificate; null for the system's own.</param>
public sealed record SiteCredentials(string? ClientCertificate, string? ClientKey, string? Authority)
{
    /// <summary>Says that there are some: a record would print its members, and one of them is a key.</summary>
    public override string ToString() => nameof(SiteCredentials);
}

/// <summary>Which sites the link talks to.</summary>
public interface ISiteConnections
{
    /// <summary>Why no controller may be at <paramref name="core"/>; null when one may.</summary>
    Task<string?> Refusal(Uri core, CancellationToken ct);

    /// <summary>409 when another site has its controller there. Makes the link talk to <paramref name="siteId"/> at <paramref name="address"/>, in the scope's transaction if there is one.</summary>
    Task Connect(Guid siteId, SiteAddress address, CancellationToken ct);

    /// <summary>Waits for what rounds of the site write at the moment, and keeps further ones from writing until the scope's transaction ends. Comes
    /// before any lock on what rounds write.</summary>
    Task HoldRounds(Guid siteId, CancellationToken ct);

    /// <summary>Ends all talk with the site.</summary>
    Task Disconnect(Guid siteId, CancellationToken ct);

    /// <summary>Removes at most about <paramref name="most"/> rows of what the link keeps of the site, its commands too; how many there were.</summary>
    Task<int> Forget(Guid siteId, int most, CancellationToken ct);
}
