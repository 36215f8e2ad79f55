using MediatR;
using Nico.SharedKernel;

namespace Nico.Identity.Metadata.GetMetadata;

internal sealed class GetMetadataHandler : IRequestHandler<GetMetadata, MetadataResponse>
{
    private static readonly MetadataResponse _build = new(Build.Version, Build.Time);

    public Task<MetadataResponse> Handle(GetMetadata request, CancellationToken cancellationToken) => Task.FromResult(_build);
}
