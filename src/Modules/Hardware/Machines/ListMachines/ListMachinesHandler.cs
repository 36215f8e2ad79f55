using MediatR;
using Nico.Compute.Contracts;
using Nico.Hardware.Contracts;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.Machines.ListMachines;

internal sealed class ListMachinesHandler(
    ActingAs acting, Db db, IOrganizations organizations, ISites sites, IInstanceTypes types, MachineResponses responses)
    : IRequestHandler<ListMachines, Page<MachineResponse>>
{
    public async Task<Page<MachineResponse>> Handle(ListMachines request, CancellationToken cancellationToken)
    {
        var sides = await acting.Sides(cancellationToken);
        if (sides is { Provider: null, Privileged.IsNone: true })
        {
            throw Problem.Forbidden("Machines are listed for providers, and for tenants that may choose machines for their instances");
        }

        var visible = VisibleHardware.Of(sides);
        await RequireVisibleSite(request.SiteId, visible, cancellationToken);
        await RequireKnownTenants(request.TenantId, sides, visible, cancellationToken);
        await RequireVisibleTypes(request.InstanceTypeId, visible, cancellationToken);

        var search = TextSearch.For(request.Query);
        var args = new
        {
            visible.Own,
            visible.Providers,
            visible.Except,
            visible.Also,
            request.SiteId,
            ids = OrNull(request.Id),
            instanceTypeIds = OrNull(request.InstanceTypeId),
            request.HasInstanceType,
            request.HasInstance,
            tenantIds = OrNull(request.TenantId),
            request.IsMissingOnSite,
            statuses = OrNull(request.Status.Select(status => status.ToString())),
            deviceTypes = OrNull(request.HwSkuDeviceType),
            capabilityType = request.CapabilityType?.ToString(),
            capabilityNames = OrNull(request.CapabilityName),
            includeMetadata = request.IncludeMetadata ?? false,
            search.Words,
            search.Like,
            entries = StatusHistory.Shown,
        };
        var page = await db.Page<Machine>(Sql.Of<ListMachinesHandler>("ListMachines"), args, request.Page(), request.SqlOrder(), cancellationToken);
        return new Page<MachineResponse>(
            await responses.Of(page.Items, request.IncludeRelation, MachineView.Full, cancellationToken), page.Total);
    }

    private static T[]? OrNull<T>(IEnumerable<T> values) => values.ToArray() is { Length: > 0 } some ? some : null;

    private async Task RequireVisibleSite(Guid? siteId, VisibleHardware visible, CancellationToken ct)
    {
        if (siteId is { } id && (await sites.Find(id, ct) is not { } site || !visible.Has(site.InfrastructureProviderId, id)))
        {
            throw Problem.Invalid("siteId", $"site {id} does not exist");
        }
    }

    private async Task RequireVisibleTypes(IReadOnlyList<Guid> ids, VisibleHardware visible, CancellationToken ct)
    {
        var known = ids.Count == 0 ? null : await types.Summaries([.. ids.Distinct()], ct);
        foreach (var id in ids)
        {
            if (known!.GetValueOrDefault(id) is not { } type || !visible.Has(type.InfrastructureProviderId, type.SiteId))
            {
                throw Problem.Invalid("instanceTypeId", $"instance type {id} does not exist");
            }
        }
    }

    /// <summary>Tenants can be named that have an account with the caller's provider or machines that the caller sees; and one's own.</summary>
    private async Task RequireKnownTenants(IReadOnlyList<Guid> tenantIds, Sides sides, VisibleHardware visible, CancellationToken ct)
    {
        if (tenantIds.Count == 0)
        {
            return;
        }

        var accounts = sides.Provider is { } own ? await organizations.TenantsOf([own.Id], tenantIds, ct) : new HashSet<Guid>();
        var users = await db.Many<Guid>(Sql.Of<ListMachinesHandler>("UsersOfMachines"), new { visible.Own, visible.Providers, visible.Except, visible.Also, tenantIds }, ct);
        foreach (var id in tenantIds.Where(id => !accounts.Contains(id) && !users.Contains(id) && id != sides.Tenant?.Id))
        {
            throw Problem.Invalid("tenantId", $"tenant {id} does not exist, or has no account with the provider");
        }
    }
}
