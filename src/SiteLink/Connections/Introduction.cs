using Grpc.Core;
using Nico.SiteLink.Reports;
using Nico.SiteProtocol.Forge;

namespace Nico.SiteLink.Connections;

/// <summary>
/// Asks whoever answers at a controller's address who it is, over a connection of its own: nothing else is sent to one that is not known.
/// </summary>
internal static class Introduction
{
    private static readonly TimeSpan _shortestDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Who answers, and why it does not say so when it does not. A <see cref="SiteUnreachableException"/> with the reason when nobody does.</summary>
    public static async Task<(ControllerIdentity Found, string? Silence)> With(
        Uri core, TlsMaterial? material, ControllerAddresses addresses, SiteLinkOptions options, CancellationToken ct)
    {
        var tls = material is null ? null : new ControllerTls(material, options.AllowWeakCertificates, () => null);
        using var channel = Channels.Open(core, tls, addresses, options.MaxMessage);
        try
        {
            var deadline = options.CallDeadline > _shortestDeadline ? options.CallDeadline : _shortestDeadline;
            var said = await new Forge.ForgeClient(channel)
                .VersionAsync(new VersionRequest { DisplayConfig = true }, deadline: DateTime.UtcNow + deadline, cancellationToken: ct);
            return (new ControllerIdentity(tls?.Subject, NameIn(said)), null);
        }
        catch (RpcException e) when (e.Status.DebugException is null && e.StatusCode is not (StatusCode.Cancelled or StatusCode.DeadlineExceeded))
        {
            return (new ControllerIdentity(tls?.Subject, null), $"{e.StatusCode}: {SiteText.Of(e.Status.Detail)}");
        }
        catch (RpcException e)
        {
            throw new SiteUnreachableException(SiteText.Of(tls?.Reason(e) ?? Channels.Reason(e)), e);
        }
    }

    /// <summary>What a controller calls its site.</summary>
    public static string? NameIn(BuildInfo said)
    {
        Reading.Of(said);
        return said.RuntimeConfig switch
        {
            { Sitename.Length: > 0 } config => config.Sitename,
            { InitialDomainName.Length: > 0 } config => config.InitialDomainName,
            _ => null,
        };
    }
}
