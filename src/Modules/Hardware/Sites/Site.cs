using System.Net;
using System.Text.RegularExpressions;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.GetGpuStats;
using Nico.Hardware.Sites.Pairing;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Hardware.Sites;

/// <summary>A row of <c>hardware.site</c>, and what the asking tenant has to do with it.</summary>
internal sealed partial record Site
{
    public Guid Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Org { get; init; }

    public Guid InfrastructureProviderId { get; init; }

    public SiteStatus Status { get; init; }

    /// <summary>Sealed.</summary>
    public string? RegistrationToken { get; init; }

    public DateTime? RegistrationTokenExpiration { get; init; }

    public string? SerialConsoleHostname { get; init; }

    public bool IsSerialConsoleEnabled { get; init; }

    public int? SerialConsoleIdleTimeout { get; init; }

    public int? SerialConsoleMaxSessionLength { get; init; }

    public SiteLocation? Location { get; init; }

    public SiteContact? Contact { get; init; }

    public bool NativeNetworking { get; init; }

    public bool NetworkSecurityGroup { get; init; }

    public bool NvLinkPartition { get; init; }

    public bool Flow { get; init; }

    public bool ImageBasedOperatingSystem { get; init; }

    public DateTime Created { get; init; }

    public DateTime Updated { get; init; }

    /// <summary>The flag of the asking tenant's use of the site; null when the tenant does not use it, or when no tenant asks.</summary>
    public bool? IsSerialConsoleSshKeysEnabled { get; init; }

    /// <summary>The newest entries of its history, where the statement reads them.</summary>
    public StatusDetail[] History { get; init; } = [];

    /// <summary>The kinds of its objects that cannot be read; null when all can.</summary>
    public string? Unread { get; init; }

    /// <summary>True while the site's controller answers, and what it says can be read.</summary>
    public bool IsOnline => Status == SiteStatus.Registered && Unread is null;

    public SiteCapabilities Capabilities => new()
    {
        NativeNetworking = NativeNetworking,
        NetworkSecurityGroup = NetworkSecurityGroup,
        NvLinkPartition = NvLinkPartition,
        Flow = Flow,
        ImageBasedOperatingSystem = ImageBasedOperatingSystem,
    };

    /// <summary>True for an address, a DNS name (underscores allowed), and for nothing at all.</summary>
    public static bool IsConsoleHost(string? host) =>
        string.IsNullOrEmpty(host) || IPAddress.TryParse(host, out _) || (host.Length <= 254 && DnsName().IsMatch(host));

    /// <summary>What callers see. Source: spec/40-site.md, section 2.6 and note 1 of section 12.</summary>
    public SiteResponse ToResponse(
        SiteView view,
        RegistrationTokens tokens,
        DateTime now,
        IEnumerable<StatusDetail> history,
        InfrastructureProviderSummary? provider = null,
        SiteMachineStats? stats = null,
        IEnumerable<MachineGPUStats>? gpus = null)
    {
        var token = view == SiteView.Administrator ? tokens.Usable(this, now) : null;
        return new SiteResponse
        {
            Id = Id,
            Name = Name,
            Description = Description,
            Org = Org,
            InfrastructureProviderId = InfrastructureProviderId,
            InfrastructureProvider = provider,
            RegistrationToken = token,
            RegistrationTokenExpiration = token is null ? null : RegistrationTokenExpiration,
            SerialConsoleHostname = SerialConsoleHostname,
            IsSerialConsoleEnabled = IsSerialConsoleEnabled,
            SerialConsoleIdleTimeout = SerialConsoleIdleTimeout,
            SerialConsoleMaxSessionLength = SerialConsoleMaxSessionLength,
            IsSerialConsoleSSHKeysEnabled = view == SiteView.Tenant ? IsSerialConsoleSshKeysEnabled : null,
            IsOnline = IsOnline,
            Status = Status,
            StatusHistory = [.. history],
            Created = Created,
            Updated = Updated,
            Location = Location,
            Contact = Contact,
            Capabilities = Capabilities,
            MachineStats = stats,
            GpuStats = gpus is null ? null : [.. gpus],
        };
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?\z")]
    private static partial Regex DnsName();
}

/// <summary>Through whose eyes a site is seen.</summary>
internal enum SiteView
{
    /// <summary>An administrator of the provider that owns it: with the registration token.</summary>
    Administrator,

    /// <summary>Anyone else who sees it as hardware: a viewer of its provider, a privileged tenant.</summary>
    Hardware,

    /// <summary>A tenant that has something allocated there: with the tenant's own setting.</summary>
    Tenant,
}
