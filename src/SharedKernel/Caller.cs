namespace Nico.SharedKernel;

/// <summary>Roles of spec/00-conventions.md, section 4.1.</summary>
public enum Role
{
    /// <summary>Everything as the org's Infrastructure Provider.</summary>
    ProviderAdmin,

    /// <summary>The provider's reading operations.</summary>
    ProviderViewer,

    /// <summary>Everything as the org's Tenant.</summary>
    TenantAdmin,
}

/// <summary>Who makes this request, in the org that its path names. Filled by the Host once the token is accepted.</summary>
public sealed class Caller
{
    private static readonly string[] _knownPrefixes = ["", "NICO_", "FORGE_"];
    private static readonly Dictionary<string, Role> _names = Enum.GetValues<Role>()
        .SelectMany(role => _knownPrefixes.Select(prefix => (Name: prefix + NameOf(role), role)))
        .ToDictionary(named => named.Name, named => named.role, StringComparer.Ordinal);

    /// <summary>The org of the path, lower case.</summary>
    public string Org { get; private set; } = "";

    /// <summary>What the token calls the org; the org's name when it says nothing.</summary>
    public string OrgDisplayName { get; private set; } = "";

    /// <summary>The caller's row in <c>identity.user</c>; null until the token is accepted.</summary>
    public Guid? UserId { get; private set; }

    /// <summary>The roles that the caller has in <see cref="Org"/>.</summary>
    public IReadOnlySet<Role> Roles { get; private set; } = new HashSet<Role>();

    /// <summary>True when the token is a service account's: provider and tenant of one org.</summary>
    public bool IsServiceAccount { get; private set; }

    /// <summary>True for any of <paramref name="roles"/>.</summary>
    public bool Has(params ReadOnlySpan<Role> roles)
    {
        foreach (var role in roles)
        {
            if (Roles.Contains(role))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when the caller may act or read as the org's provider.</summary>
    public bool IsProvider => Has(Role.ProviderAdmin, Role.ProviderViewer);

    /// <summary>True when the caller may act as the org's tenant.</summary>
    public bool IsTenant => Has(Role.TenantAdmin);

    /// <summary>Called once a request, by the Host's authentication.</summary>
    public void Accept(string org, string orgDisplayName, Guid userId, IEnumerable<string> roles, bool isServiceAccount)
    {
        Org = org;
        OrgDisplayName = orgDisplayName;
        UserId = userId;
        IsServiceAccount = isServiceAccount;
        Roles = roles.Select(RoleNamed).OfType<Role>().ToHashSet();
    }

    /// <summary>
    /// The role that a token's role name means. Only the two prefixes that older deployments use are understood: any prefix
    /// at all, as the reference has it, would turn a stranger's <c>X_PROVIDER_ADMIN</c> into an administrator.
    /// </summary>
    public static Role? RoleNamed(string name) => _names.TryGetValue(name, out var role) ? role : null;

    /// <summary>What tokens call <paramref name="role"/>.</summary>
    public static string NameOf(Role role) => role switch
    {
        Role.ProviderAdmin => "PROVIDER_ADMIN",
        Role.ProviderViewer => "PROVIDER_VIEWER",
        _ => "TENANT_ADMIN",
    };
}
