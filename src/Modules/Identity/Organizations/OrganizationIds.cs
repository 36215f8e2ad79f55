using Microsoft.Extensions.Caching.Memory;

namespace Nico.Identity.Organizations;

/// <summary>
/// The ids of the orgs' tenants, or of their providers, that were asked for last. They never change while an org has them; a minute is
/// the longest that a process can be wrong after a backup was restored under it.
/// </summary>
internal sealed class OrganizationIds : IDisposable
{
    /// <summary>Key of the service that holds tenants' ids.</summary>
    public const string Tenants = "tenants";

    /// <summary>Key of the service that holds providers' ids.</summary>
    public const string Providers = "providers";

    private static readonly TimeSpan _remembered = TimeSpan.FromMinutes(1);
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    /// <summary>The id that is remembered of the org, if any.</summary>
    public Guid? Of(string org) => _known.TryGetValue<Guid>(org, out var id) ? id : null;

    /// <summary>Remembers what the database says of the org.</summary>
    public void Remember(string org, Guid id) =>
        _known.Set(org, id, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = _remembered });

    public void Dispose() => _known.Dispose();
}
