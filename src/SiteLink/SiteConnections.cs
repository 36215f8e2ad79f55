namespace Nico.SiteLink;

/// <summary>Where a site's controller is and how it is reached.</summary>
/// <param name="Core">Address of the gRPC service <c>forge.Forge</c>: <c>https</c>, or <c>http</c> on loopback for the simulator.</param>
/// <param name="ClientCertificate">PEM file of the client certificate; null without mutual TLS.</param>
/// <param name="ClientKey">PEM file of its key.</param>
/// <param name="Authority">PEM file of the CA that signed the controller's certificate; null for the system's own.</param>
public sealed record SiteAddress(Uri Core, string? ClientCertificate = null, string? ClientKey = null, string? Authority = null);

/// <summary>Which sites the link talks to.</summary>
public interface ISiteConnections
{
    /// <summary>Makes the link talk to <paramref name="siteId"/> at <paramref name="address"/>, in the scope's transaction if there is one.</summary>
    Task Connect(Guid siteId, SiteAddress address, CancellationToken ct);

    /// <summary>Makes the link forget the site.</summary>
    Task Disconnect(Guid siteId, CancellationToken ct);
}
