using Nico.SharedKernel.Data;

namespace Nico.Hardware.Sites;

/// <summary>Rows of sites that several operations need.</summary>
internal static class SiteRows
{
    /// <summary>The provider's live site of that name, if there is one.</summary>
    public static Task<Guid?> IdOfName(Db db, Guid providerId, string name, CancellationToken ct) =>
        db.OneOrNone<Guid?>(Sql.Of<Site>("SiteNamed"), new { providerId, name }, ct);
}
