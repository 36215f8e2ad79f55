using System.Globalization;
using MediatR;
using Nico.Hardware.Contracts;
using Nico.Hardware.Machines;
using Nico.Identity.Contracts;
using Nico.SharedKernel.Data;
using Nico.SharedKernel.Lists;

namespace Nico.Hardware.MachineCapabilities.ListMachineCapabilities;

internal sealed class ListMachineCapabilitiesHandler(ActingAs acting, Db db, ISites sites)
    : IRequestHandler<ListMachineCapabilities, Page<MachineCapability>>
{
    public async Task<Page<MachineCapability>> Handle(ListMachineCapabilities request, CancellationToken cancellationToken)
    {
        var providerId = await acting.ProviderId(NotYet.NotFound, cancellationToken);
        if (request.SiteId is { } siteId)
        {
            await sites.RequireOwn(siteId, providerId, "siteId", cancellationToken);
        }

        var args = new
        {
            providerId,
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
