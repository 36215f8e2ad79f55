using Nico.SharedKernel.Data;
using Npgsql;

namespace Nico.SiteLink.Connections;

/// <summary>
/// Who a controller is: what stays when it is updated, started again, moved, or given another certificate for the same subject.
/// </summary>
/// <param name="Subject">The subject of its certificate, or its alternative names when that is empty; null without TLS.</param>
/// <param name="Name">What its site is called, as it says in <c>Version</c>; null when it does not say.</param>
internal sealed record ControllerIdentity(string? Subject, string? Name)
{
    /// <summary>Nobody has answered yet.</summary>
    public static ControllerIdentity Unknown { get; } = new(null, null);

    /// <summary>True when <paramref name="found"/> may be this controller: what is known of it is what that one says.</summary>
    public bool Admits(ControllerIdentity found) => (Subject is null || Subject == found.Subject) && (Name is null || Name == found.Name);

    /// <summary>True when both cannot be of one controller.</summary>
    public bool Contradicts(ControllerIdentity other) =>
        (Subject is not null && other.Subject is not null && Subject != other.Subject) || (Name is not null && other.Name is not null && Name != other.Name);

    /// <summary>What is known once <paramref name="found"/> has answered.</summary>
    public ControllerIdentity Completed(ControllerIdentity found) => new(Subject ?? found.Subject, Name ?? found.Name);

    /// <summary>For people to read.</summary>
    public override string ToString() => (Subject, Name) switch
    {
        ({ } subject, { } name) => $"{name} ({subject})",
        _ => Name ?? Subject ?? "one without a name",
    };
}

/// <summary>Keeps who the controllers of the sites are, for all processes: of two that meet a controller first, one is right.</summary>
internal sealed class Identities(NpgsqlDataSource source)
{
    /// <summary>Completes what is known of the controller at this address; what is known then, null when the site has another address by now.</summary>
    public async Task<ControllerIdentity?> Keep(Guid siteId, SiteAddress address, ControllerIdentity found, CancellationToken ct)
    {
        await using var db = new Db(source);
        return await db.OneOrNone<ControllerIdentity>(Sql.Of<Identities>("KeepIdentity"), Args(siteId, address, found), ct);
    }

    /// <summary>Another one answers there.</summary>
    public Task NoteOther(Guid siteId, SiteAddress address, ControllerIdentity found, CancellationToken ct) =>
        Write("NoteOther", Args(siteId, address, found), ct);

    /// <summary>The right one answers again.</summary>
    public Task ForgetOther(Guid siteId, SiteAddress address, CancellationToken ct) =>
        Write("ForgetOther", Args(siteId, address, ControllerIdentity.Unknown), ct);

    /// <summary>The networks that the controller at this address takes prefixes from.</summary>
    public Task KeepFabric(Guid siteId, SiteAddress address, string[] prefixes, CancellationToken ct) =>
        Write("KeepFabric", new { siteId, core = address.Core.ToString(), prefixes }, ct);

    private static object Args(Guid siteId, SiteAddress address, ControllerIdentity found) =>
        new { siteId, core = address.Core.ToString(), found.Subject, found.Name };

    private async Task Write(string sql, object args, CancellationToken ct)
    {
        await using var db = new Db(source);
        await db.Execute(Sql.Of<Identities>(sql), args, ct);
    }
}
