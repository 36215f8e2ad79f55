#nullable enable

using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Nico.SiteProtocol.Frames;

namespace Nico.SiteProtocol.Forge;

public static partial class Forge
{
    private static readonly ConcurrentDictionary<string, Method<IMessage, ObjectFrames>> _frameCalls = [];

    /// <summary>A call of the controller whose answer is a list, taken apart no further than into one piece for each object of it.</summary>
    public static Method<TRequest, ObjectFrames> FramesOf<TRequest>(string rpc)
        where TRequest : class, IMessage<TRequest>, new()
    {
        var parser = new MessageParser<TRequest>(() => new TRequest());
        return new(
            MethodType.Unary,
            "forge.Forge",
            rpc,
            Marshallers.Create(Write, context => parser.ParseFrom(context.PayloadAsReadOnlySequence())),
            _frames);
    }

    private static Marshaller<ObjectFrames> _frames { get; } =
        Marshallers.Create<ObjectFrames>(Write, context => ObjectFrames.Parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    private static void Write(IMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message.CalculateSize());
        message.WriteTo(context.GetBufferWriter());
        context.Complete();
    }

    public partial class ForgeClient
    {
        /// <summary>The pieces of a list that the controller answers with.</summary>
        public AsyncUnaryCall<ObjectFrames> FramesAsync(string rpc, IMessage request, CancellationToken cancellationToken) => CallInvoker.AsyncUnaryCall(
            _frameCalls.GetOrAdd(rpc, name => new(
                MethodType.Unary,
                "forge.Forge",
                name,
                Marshallers.Create<IMessage>(Write, _ => throw new NotSupportedException("Requests are only sent")),
                _frames)),
            null,
            new CallOptions(cancellationToken: cancellationToken),
            request);
    }
}
