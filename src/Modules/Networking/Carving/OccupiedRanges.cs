using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Nico.SharedKernel.Data;

namespace Nico.Networking.Carving;

/// <summary>What networks take up at a site that Nico does not have: nothing is carved out of it until they are adopted or gone.</summary>
internal static class OccupiedRanges
{
    /// <summary>A range as a site spells it, which may have host bits; null when it is none.</summary>
    public static string? Of(string? reported) =>
        reported?.Split('/') is [var address, var length]
        && !address.Contains('%', StringComparison.Ordinal)
        && IPAddress.TryParse(address, out var ip)
        && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)
        && bits <= (ip.AddressFamily == AddressFamily.InterNetwork ? 32 : 128)
            ? $"{ip}/{bits}"
            : null;

    /// <summary>
    /// Follows a report of these objects and their ranges, in the transaction that applies it: occupied are those of objects that have nothing
    /// carved for them at the site, be it that Nico does not have them, or that it believes the site has refused them.
    /// </summary>
    public static async Task Follow(
        Db db, Guid siteId, string kind, IReadOnlyCollection<Guid> reported, IEnumerable<(Guid Id, string? Range)> ranges, CancellationToken ct)
    {
        var valid = ranges.Where(range => range.Range is not null).ToArray();
        var args = new
        {
            siteId,
            kind,
            reported = reported.ToArray(),
            ids = valid.Select(range => range.Id).ToArray(),
            ranges = valid.Select(range => range.Range).ToArray(),
        };
        await db.Execute(Sql.Of<Carver>("FreeRanges"), args, ct);
        await db.Execute(Sql.Of<Carver>("OccupyRanges"), args, ct);
    }

    /// <summary>What the site no longer reports occupies nothing.</summary>
    public static Task Vanished(Db db, Guid siteId, string kind, string[] present, CancellationToken ct) =>
        db.Execute(Sql.Of<Carver>("FreeVanished"), new { siteId, kind, present }, ct);
}
