using System.Globalization;
using MediatR;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines;
using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.MachineCapabilities.ListMachineCapabilities;

internal sealed class ListMachineCapabilitiesHandler(Caller caller, Db db, IOrganizations organizations, ISites sites)
    : IRequestHandler<ListMachineCapabilities, Page<MachineCapability>>
{
    public async Task<Page<MachineCapability>> Handle(ListMachineCapabilities request, CancellationToken cancellationToken)
    {
        var provider = await organizations.RequireProvider(caller, 404, cancellationToken);
        if (request.SiteId is { } siteId)
        {
            await sites.RequireVisible([siteId], provider.Id, null, "siteId", cancellationToken);
        }

        var args = new
        {
            providerId = provider.Id,
            request.SiteId,
            request.HasInstanceType,
            type = request.Type?.ToString(),
            request.Name,
            request.Frequency,
            request.Capacity,
            request.Vendor,
            count = request.Count is null ? (int?)null : Number(request.Count),
            request.DeviceType,
            inactive = request.InactiveDevices.Count == 0 ? null : request.InactiveDevices.Select(Number).ToArray(),
        };
        return await db.Page<MachineCapability>(
            Sql.Of<ListMachineCapabilitiesHandler>("ListMachineCapabilities"), args, request.Page(), request.SqlOrder(), cancellationToken);
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
