using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Nico.Identity.Contracts;
using Nico.SiteLink;
using Nico.SiteProtocol.Forge;

namespace Nico.Hardware.Sites.Tenants;

/// <summary>Makes a tenant known to a site's controller.</summary>
internal sealed class CreateTenantAtSite(IOrganizations organizations, ILogger<TenantAtSite> log) : TenantAtSite(organizations, log)
{
    protected override async Task<IMessage> Send(SiteCall call, TenantRef tenant, CancellationToken ct) =>
        await call.Core.CreateTenantAsync(
            new CreateTenantRequest { OrganizationId = tenant.Org, Metadata = SiteTenant.Metadata(tenant) }, cancellationToken: ct);

    protected override bool IsDone(Tenant found, TenantRef tenant) => true;
}

/// <summary>Tells a site's controller what a tenant calls itself now.</summary>
internal sealed class UpdateTenantAtSite(IOrganizations organizations, ILogger<TenantAtSite> log) : TenantAtSite(organizations, log)
{
    protected override async Task<IMessage> Send(SiteCall call, TenantRef tenant, CancellationToken ct) =>
        await call.Core.UpdateTenantAsync(
            new UpdateTenantRequest { OrganizationId = tenant.Org, Metadata = SiteTenant.Metadata(tenant) }, cancellationToken: ct);

    protected override bool IsDone(Tenant found, TenantRef tenant) => found.Metadata?.Name == SiteTenant.Metadata(tenant).Name;
}

/// <summary>What both commands have in common. No request waits for either, and no row shows how they went: inventory repairs.</summary>
internal abstract partial class TenantAtSite(IOrganizations organizations, ILogger<TenantAtSite> log) : SiteCommandHandler
{
    public override async Task<IMessage?> Send(SiteCall call, CancellationToken ct) =>
        await organizations.Tenant(call.Command.ResourceId, ct) is { } tenant ? await Send(call, tenant, ct) : null;

    public override async Task<SiteReadBack> ReadBack(SiteCall call, CancellationToken ct)
    {
        var request = new TenantByOrganizationIdsRequest { OrganizationIds = { call.Command.ResourceId } };
        var found = (await call.Core.FindTenantsByOrganizationIdsAsync(request, cancellationToken: ct)).Tenants.FirstOrDefault();
        return found is not null && await organizations.Tenant(call.Command.ResourceId, ct) is { } tenant
            ? new SiteReadBack(IsDone(found, tenant), found)
            : default;
    }

    public override Task Succeeded(SiteCall call, IMessage? answer, CancellationToken ct) => Task.CompletedTask;

    public override Task Refused(SiteCall call, SiteRefusal refusal, CancellationToken ct)
    {
        WasRefused(log, call.Command.SiteId, call.Command.ResourceId, refusal.Reason);
        return Task.CompletedTask;
    }

    public override Task Retried(SiteCall call, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Makes the one call.</summary>
    protected abstract Task<IMessage> Send(SiteCall call, TenantRef tenant, CancellationToken ct);

    /// <summary>True when what the controller has is what the command wanted.</summary>
    protected abstract bool IsDone(Tenant found, TenantRef tenant);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Site {SiteId} does not accept tenant {Org}: {Reason}")]
    private static partial void WasRefused(ILogger log, Guid siteId, string org, string reason);
}
