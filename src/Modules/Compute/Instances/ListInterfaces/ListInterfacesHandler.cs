using MediatR;
using Nico.Compute.Contracts;
using Nico.Identity.Contracts;
using Nico.Networking.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Compute.Instances.ListInterfaces;

internal sealed class ListInterfacesHandler(
    ActingAs acting, Db db, INetworks networks, IInstances instances, InstanceRows rows)
    : IRequestHandler<ListInterfaces, Page<Interface>>
{
    public async Task<Page<Interface>> Handle(ListInterfaces request, CancellationToken cancellationToken)
    {
        var tenantId = await acting.TenantId(NotYet.Forbidden, cancellationToken);
        if (await rows.OfTenant(request.InstanceId, tenantId, cancellationToken) is null)
        {
            throw Problem.NotFound("Instance", request.InstanceId);
        }

        var page = await db.Page<InterfaceRow>(
            Sql.Of<ListInterfacesHandler>("ListInterfaces"),
            new { request.InstanceId, status = request.Status?.ToString() },
            request.Page(),
            request.SqlOrder(),
            cancellationToken);
        var related = request.IncludeRelation;
        var summary = related.Has(InterfaceRelation.Instance)
            ? (await instances.Summaries([request.InstanceId], cancellationToken)).GetValueOrDefault(request.InstanceId)
            : null;
        var subnets = related.Has(InterfaceRelation.Subnet) ? await networks.Subnets(page.Items.Ids(row => row.SubnetId), cancellationToken) : null;
        var prefixes = related.Has(InterfaceRelation.VpcPrefix)
            ? await networks.VpcPrefixes(page.Items.Ids(row => row.VpcPrefixId), cancellationToken)
            : null;
        return page.Select(row => Interface.Of(row) with
        {
            Instance = summary,
            Subnet = row.SubnetId is { } subnet ? subnets?.GetValueOrDefault(subnet) : null,
            VpcPrefix = row.VpcPrefixId is { } prefix ? prefixes?.GetValueOrDefault(prefix) : null,
        });
    }
}
