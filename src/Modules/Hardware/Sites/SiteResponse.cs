using System.Text.Json.Serialization;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines.GetGpuStats;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Hardware.Sites;

/// <summary>An installation of machines with a controller of its own, owned by one provider.</summary>
[Schema("Site")]
public sealed record SiteResponse
{
    /// <summary>Id of the site.</summary>
    public Guid Id { get; init; }

    /// <summary>Name of the site, unique for its provider.</summary>
    public required string Name { get; init; }

    /// <summary>What the provider says about the site.</summary>
    public string? Description { get; init; }

    /// <summary>The provider's org, in lower case.</summary>
    public required string Org { get; init; }

    /// <summary>The provider that owns the site.</summary>
    public Guid InfrastructureProviderId { get; init; }

    /// <summary>That provider; only with <c>includeRelation=InfrastructureProvider</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public InfrastructureProviderSummary? InfrastructureProvider { get; init; }

    /// <summary>Version of the controller; null while it has not said so.</summary>
    public string? SiteControllerVersion { get; init; }

    /// <summary>Version of the site's agent; null, for the controller is spoken to without one.</summary>
    public string? SiteAgentVersion { get; init; }

    /// <summary>One-time password for pairing the controller. For administrators of the site's provider while it can be used, null otherwise.</summary>
    public string? RegistrationToken { get; init; }

    /// <summary>When that password expires; null whenever the password is.</summary>
    public DateTime? RegistrationTokenExpiration { get; init; }

    /// <summary>Host name or address under which tenants reach the serial console.</summary>
    public string? SerialConsoleHostname { get; init; }

    /// <summary>True when serial consoles are offered.</summary>
    public bool IsSerialConsoleEnabled { get; init; }

    /// <summary>Seconds without input after which a console session ends; null until it is set.</summary>
    public int? SerialConsoleIdleTimeout { get; init; }

    /// <summary>Longest duration of a console session in seconds; null until it is set.</summary>
    public int? SerialConsoleMaxSessionLength { get; init; }

    /// <summary>True when the tenant's SSH keys open its serial consoles. Only for a tenant that has an allocation at the site.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? IsSerialConsoleSSHKeysEnabled { get; init; }

    /// <summary>True while the site's controller answers, and all that it reports can be read.</summary>
    public bool IsOnline { get; init; }

    /// <summary>Whether the controller is known and answers.</summary>
    public SiteStatus Status { get; init; }

    /// <summary>The newest transitions of the status, newest first.</summary>
    public required IReadOnlyList<StatusDetail> StatusHistory { get; init; }

    /// <summary>When the site was made.</summary>
    public DateTime Created { get; init; }

    /// <summary>When it was last changed.</summary>
    public DateTime Updated { get; init; }

    /// <summary>Where the site is; left out until it is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteLocation? Location { get; init; }

    /// <summary>Who looks after it; left out until it is set.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteContact? Contact { get; init; }

    /// <summary>What can be used at the site.</summary>
    public required SiteCapabilities Capabilities { get; init; }

    /// <summary>Its machines counted; left out unless <c>includeMachineStats</c> asks for it, and for a site without machines and allocations.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SiteMachineStats? MachineStats { get; init; }

    /// <summary>Its GPUs by model; left out unless <c>includeGpuStats</c> asks for it, and for another provider's site.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<MachineGPUStats>? GpuStats { get; init; }
}
