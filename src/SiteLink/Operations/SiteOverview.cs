using System.Text.Json.Serialization;
using Nico.SharedKernel.Data;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Operations;

/// <summary>The sites as the link sees them.</summary>
internal sealed class SiteOverview(Db db, Sites sites, ISiteCommandLog commands) : ISiteReadings
{
    private const int MostIds = 100;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<UnreadKind>> Unread(CancellationToken ct) => await db.Many<UnreadKind>(Sql.Of<SiteOverview>("Unread"), null, ct);

    /// <summary>Every connected site.</summary>
    public async Task<IReadOnlyList<SiteState>> All(CancellationToken ct)
    {
        var states = await db.Many<SiteState>(Sql.Of<SiteOverview>("Overview"), null, ct);
        var rounds = (await db.Many<RoundState>(Sql.Of<SiteOverview>("Rounds"), new { most = MostIds }, ct)).ToLookup(round => round.SiteId);
        var drift = (await db.Many<DriftEntry>(Sql.Of<SiteOverview>("Drift"), new { most = MostIds }, ct)).ToLookup(entry => (entry.SiteId, entry.Kind));
        var counts = (await commands.Counts(ct)).ToLookup(count => count.SiteId);
        var controllers = sites.All.ToDictionary(site => site.SiteId);
        return
        [
            .. states.Select(state => state with
            {
                Answers = controllers.TryGetValue(state.SiteId, out var controller) ? !controller.Circuit.IsOpen : null,
                SilentSince = controller?.Circuit.Since,
                LastFailure = controller?.Circuit.LastFailure,
                CertificateProblem = controller?.CertificateProblem,
                Controller = state.IdentitySubject is null && state.IdentityName is null ? null : new Controller(state.IdentitySubject, state.IdentityName, null),
                OtherController = state.OtherSince is null ? null : new Controller(state.OtherSubject, state.OtherName, state.OtherSince),
                Commands = counts[state.SiteId].ToDictionary(count => count.State.ToString(), count => count.Count),
                Kinds = [.. rounds[state.SiteId].Select(round => round with { Drift = [.. drift[(round.SiteId, round.Kind)]] })],
                Unread = [.. rounds[state.SiteId].Where(round => round.UnreadSince is not null).Select(round => round.Kind)],
            }),
        ];
    }
}

/// <summary>A site as the link sees it.</summary>
internal sealed record SiteState
{
    /// <summary>Id of the site.</summary>
    public required Guid SiteId { get; init; }

    /// <summary>Address of its controller.</summary>
    public required string Core { get; init; }

    /// <summary>Whether it answers the process that was asked; null when that process has not met it yet.</summary>
    public bool? Answers { get; init; }

    /// <summary>Since when it does not.</summary>
    public DateTimeOffset? SilentSince { get; init; }

    /// <summary>The last failure to reach it.</summary>
    public string? LastFailure { get; init; }

    /// <summary>Why its certificate files cannot be used; the connection from before goes on where there is one.</summary>
    public string? CertificateProblem { get; init; }

    /// <summary>Who the controller is, as it showed itself when it was first met; null while it has not, or does not say.</summary>
    public Controller? Controller { get; init; }

    /// <summary>Who answers in its place. Nothing is sent to that one before an operator accepts it.</summary>
    public Controller? OtherController { get; init; }

    /// <summary>What the database has of <see cref="Controller"/>.</summary>
    [JsonIgnore]
    public string? IdentitySubject { get; init; }

    /// <summary>The same.</summary>
    [JsonIgnore]
    public string? IdentityName { get; init; }

    /// <summary>What the database has of <see cref="OtherController"/>.</summary>
    [JsonIgnore]
    public string? OtherSubject { get; init; }

    /// <summary>The same.</summary>
    [JsonIgnore]
    public string? OtherName { get; init; }

    /// <summary>The same.</summary>
    [JsonIgnore]
    public DateTime? OtherSince { get; init; }

    /// <summary>When a round of its inventory was last begun: of its machines, or of all else.</summary>
    public DateTime? Started { get; init; }

    /// <summary>When one last ended.</summary>
    public DateTime? Ended { get; init; }

    /// <summary>When the next round is due, or the lease of the one that runs ends.</summary>
    public DateTime? Due { get; init; }

    /// <summary>Why it could not be read at all.</summary>
    public string? Error { get; init; }

    /// <summary>The kinds of its objects that cannot be read; why is with each kind.</summary>
    public IReadOnlyList<string> Unread { get; init; } = [];

    /// <summary>Commands that are not done, by state.</summary>
    public IReadOnlyDictionary<string, long> Commands { get; init; } = new Dictionary<string, long>();

    /// <summary>The last round of each kind.</summary>
    public IReadOnlyList<RoundState> Kinds { get; init; } = [];
}

/// <summary>Who a controller is.</summary>
/// <param name="Subject">The subject of its certificate; null without TLS.</param>
/// <param name="Name">What it calls its site; null when it does not say.</param>
/// <param name="Since">Since when it answers, of one that is not the site's own.</param>
internal sealed record Controller(string? Subject, string? Name, DateTime? Since);

/// <summary>The last round of one kind at one site.</summary>
internal sealed record RoundState
{
    /// <summary>The site.</summary>
    [JsonIgnore]
    public Guid SiteId { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>When it began.</summary>
    public DateTime Fence { get; init; }

    /// <summary>When it ended.</summary>
    public DateTime Ended { get; init; }

    /// <summary>Whether ids and all chunks were read.</summary>
    public bool IsComplete { get; init; }

    /// <summary>How many objects the site has.</summary>
    public int Objects { get; init; }

    /// <summary>How many of them could not be applied.</summary>
    public int Failed { get; init; }

    /// <summary>How many objects there are beyond what the site may have; they are not kept.</summary>
    public int TooMany { get; init; }

    /// <summary>What kept it from being complete.</summary>
    public string? Error { get; init; }

    /// <summary>Since when the kind cannot be read, or not all of it.</summary>
    public DateTime? UnreadSince { get; init; }

    /// <summary>In how many rounds in a row.</summary>
    public int UnreadRounds { get; init; }

    /// <summary>Removals that are held back because they are so many.</summary>
    public int Held { get; init; }

    /// <summary>Since when.</summary>
    public DateTime? HeldSince { get; init; }

    /// <summary>Why, and for how long.</summary>
    public string? HeldReason { get; init; }

    /// <summary>About how many objects the site and Nico do not agree.</summary>
    public long DriftCount { get; init; }

    /// <summary>The first hundred of them, and of those that another site claims.</summary>
    public IReadOnlyList<DriftEntry> Drift { get; init; } = [];

    /// <summary>Objects that Nico has and the site did not report in the last complete round, the first hundred.</summary>
    public string[] Absent { get; init; } = [];
}

/// <summary>An object about which a site and Nico do not agree.</summary>
internal sealed record DriftEntry
{
    /// <summary>The site.</summary>
    [JsonIgnore]
    public Guid SiteId { get; init; }

    /// <summary>Kind of the object.</summary>
    public required string Kind { get; init; }

    /// <summary>Its id at the site.</summary>
    public required string Id { get; init; }

    /// <summary>In what way: a <see cref="DriftReason"/>, or <c>Claimed</c> for what another site reports too.</summary>
    public required string Reason { get; init; }

    /// <summary>In words.</summary>
    public string? Detail { get; init; }

    /// <summary>Since when.</summary>
    public DateTime? Since { get; init; }
}
